"""A request and its answer, as they pass between the HTTP server and the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .encoding import encode_json
from .media import JSON


@dataclass(frozen=True)
class Call:
    body: bytes
    content_type: str | None = JSON
    accept: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


def error_reply(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, encode_json({"code": status, "type": kind, "message": message}), headers=headers or {})
