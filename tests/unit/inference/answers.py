"""What tests share: calls to a service, answers compared, and a predictor's model used as torch's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from inference.protocols.messages import Call, Reply
from inference.service import Service


def assert_alike(ours: Any, theirs: Any, leaf: Callable[[Any, Any], None]) -> None:
    """The same lists in lists; `leaf` compares what is no list."""
    assert type(ours) is type(theirs)
    if not isinstance(theirs, list):
        return leaf(ours, theirs)
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert_alike(one, other, leaf)
    return None


def loosely(value: object) -> Any:
    """The value without its type: for the parts of models and tokenizers that predictors do not use."""
    return value


def post(service: Service, value: Any, **call: Any) -> Reply:
    """The answer to the value as JSON; `call` are further fields of the `Call`."""
    return service.respond(Call(json.dumps(value).encode(), **call))


def error(reply: Reply) -> tuple[int, str, str]:
    """Status, type and message of an error."""
    body = json.loads(reply.body)
    assert sorted(body) == ["code", "message", "type"]
    assert body["code"] == reply.status
    return reply.status, body["type"], body["message"]


def assert_close(one: Any, other: Any) -> None:
    """The same JSON, but for the last digits of numbers."""
    if isinstance(one, float):
        assert one == pytest.approx(other, abs=1e-5)
    elif isinstance(one, dict | list):
        assert len(one) == len(other)
        for key in one if isinstance(one, dict) else range(len(one)):
            assert_close(one[key], other[key])
    else:
        assert one == other
