"""A request and its reply, as they pass between the HTTP server and the service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from .encoding import encode_json
from .media import JSON

Json: TypeAlias = (
    "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
)
"""A decoded JSON value: lists and dicts, in types that take lists and dicts of any of these."""


@dataclass(frozen=True)
class Call:
    """One request: its body, the headers that say how to read and answer it, and all headers for the hooks."""

    body: bytes
    content_type: str | None = JSON
    accept: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """One response: its HTTP status, body, content type and further headers."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def error_reply(
    status: int, kind: str, message: str, headers: Mapping[str, str] | None = None
) -> Reply:
    """Traindrop's error body: `{"code": status, "type": kind, "message": message}`."""
    body = encode_json({"code": status, "type": kind, "message": message})
    return Reply(status, body, headers=headers or {})
