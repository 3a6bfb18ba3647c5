from __future__ import annotations

import json

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import MemoryTarget
from tests.unit.traindrop.api_transport import URL

ADDRESS = f"{URL}/console"


def test_the_address_is_printed_with_the_way_to_a_key(
    traindrop: Run, target: MemoryTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    code, output, errors = traindrop("console")
    assert (code, output, opened) == (0, ADDRESS, [])
    assert "traindrop keys show manage" in errors


def test_it_opens_in_the_browser_where_that_is_asked(
    traindrop: Run, target: MemoryTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    code, output, _ = traindrop("console", "--open", "--json")
    assert (code, json.loads(output), opened) == (0, {"console": ADDRESS}, [ADDRESS])


def test_no_key_stands_in_the_address(
    traindrop: Run, target: MemoryTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, output, errors = traindrop("console")
    assert "the-key" not in output + errors
