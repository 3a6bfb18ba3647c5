from __future__ import annotations

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import MemoryTarget
from tests.unit.functions.api.client import Client
from traindrop import ApiError
from traindrop import Client as ApiClient


def test_a_model_is_deleted_once_its_endpoint_is_gone(
    traindrop: Run,
    live_model: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors = [ApiError(409, "endpoint_busy", "It is being deleted.", 60.0)] * 2
    deleted: list[str] = []

    def delete_model(client: object, model: str) -> None:
        if errors:
            raise errors.pop()
        deleted.append(model)

    monkeypatch.setattr(ApiClient, "delete_model", delete_model)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    code, output, notes = traindrop("delete", "reviews", "--yes")
    assert (code, output, deleted) == (0, "reviews is deleted.", ["reviews"])
    assert notes == "its endpoint is being deleted …\n"


def test_the_models_name_has_to_be_typed(
    traindrop: Run,
    live_model: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda: "review")
    code, _, errors = traindrop("delete", "reviews")
    assert code == 1
    assert "reviews-1 is live. It cannot be undone. Type reviews to go on" in errors
    assert "expected reviews; found 'review'. Nothing was done." in errors


def test_a_live_release_stays(traindrop: Run, live_model: Client) -> None:
    code, _, errors = traindrop("delete", "reviews", "--release", "reviews-1", "--yes")
    assert code == 1
    assert "reviews-1 is live, so it stays." in errors


def test_one_thing_at_a_time(traindrop: Run, target: MemoryTarget) -> None:
    code, _, errors = traindrop("delete", "m", "--release", "a", "--data", "b")
    assert code == 1
    assert "expected --release or --data; found both." in errors
