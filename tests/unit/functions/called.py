"""A handler called as Lambda calls it."""

from __future__ import annotations

from typing import Any

from tests.unit.functions.api.client import Context

ANSWER = [{"label": "positive", "score": 0.9}]
"""Of the endpoint, to everything."""


def called(handler: Any, **event: Any) -> dict[str, Any]:
    result: dict[str, Any] = handler(event, Context())
    return result
