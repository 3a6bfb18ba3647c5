"""Answers that are sent piece by piece: server-sent events, one JSON value each."""

from __future__ import annotations

from .encoding import encode_json

DONE = b"data: [DONE]\n\n"
"""What ends a stream in OpenAI's API."""


def event(data: object) -> bytes:
    return b"data: " + encode_json(data) + b"\n\n"
