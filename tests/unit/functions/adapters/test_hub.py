"""What the Hub answers is read with a limit."""

from __future__ import annotations

import io
from typing import Any

import pytest

from functions.adapters import hub
from functions.adapters.hub import HubError, fetch


class Endless:
    """A server that sends as long as it is read."""

    def __init__(self) -> None:
        self.sent = 0

    def open(self, *_: Any, **__: Any) -> Any:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None: ...

    def read(self, size: int) -> bytes:
        self.sent += size
        return b"x" * size


def test_an_endless_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Endless()
    monkeypatch.setattr(hub, "_OPENER", server)
    monkeypatch.setattr(hub, "MAX_ANSWER_BYTES", 1000)
    with pytest.raises(HubError, match="an answer of more than 1,000 bytes"):
        fetch("http://hub", {})
    assert server.sent == 1001


def test_an_answer_at_the_limit_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MAX_ANSWER_BYTES", 3)
    opener: Any = type("Opener", (), {"open": lambda *_, **__: io.BytesIO(b"abc")})()
    monkeypatch.setattr(hub, "_OPENER", opener)
    assert fetch("http://hub", {}) == b"abc"
