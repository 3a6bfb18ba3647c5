"""The body of a request, up to a limit."""

from __future__ import annotations

from starlette.requests import Request

DISCARDED = 8
"""So many times the limit is read and dropped before the connection is."""


class BodyTooLargeError(Exception):
    """The body exceeds the limit."""


async def read_body(request: Request, limit: int) -> bytes:
    """Raises `BodyTooLargeError` after reading on a little, so that the client is listening when it is told."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            parts.append(part)
        elif size > DISCARDED * limit:
            break
    if size > limit:
        raise BodyTooLargeError
    return b"".join(parts)
