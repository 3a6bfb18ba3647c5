"""What the HTTP apps share: the state of the server, and reading bodies of clients that may be slow or leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request

from .batcher import Batcher
from .exchange import AnyReply

DRAIN_BODY_SECONDS = 3.0
"""How long a body may still take to arrive once the server drains."""
DISCARD_FACTOR = 8
"""A body is read and dropped up to this many times the limit; beyond it the connection is dropped."""


class BodyTooLargeError(Exception):
    """The body exceeds the limit."""


@dataclass
class ServerState:
    """`batcher` is there once the model can answer; `headers` go into every response."""

    batcher: Batcher | None = None
    draining: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    body_timeouts: set[asyncio.Timeout] = field(default_factory=set)
    """The timeout of each body that is arriving."""

    @property
    def healthy(self) -> bool:
        return self.batcher is not None and self.batcher.ready and not self.draining

    def drain(self) -> None:
        """From now on every response asks its client to reconnect; bodies get a few more seconds to arrive."""
        self.draining = True
        self.headers = {"Connection": "close"}
        deadline = asyncio.get_running_loop().time() + DRAIN_BODY_SECONDS
        for timeout in self.body_timeouts:
            timeout.reschedule(deadline)

    @asynccontextmanager
    async def body_timeout(self, seconds: float) -> AsyncIterator[None]:
        """Limits the time a body may take, less once the server drains. Raises `TimeoutError`."""
        async with asyncio.timeout(
            DRAIN_BODY_SECONDS if self.draining else seconds
        ) as timeout:
            self.body_timeouts.add(timeout)
            try:
                yield
            finally:
                self.body_timeouts.discard(timeout)


async def read_body(request: Request, limit: int) -> bytes:
    """The body of at most `limit` bytes. Raises `BodyTooLargeError`.

    A larger body is read on for a while, so that the client listens when the error is sent.
    """
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        elif size > DISCARD_FACTOR * limit:
            break
    if size > limit:
        raise BodyTooLargeError
    return b"".join(chunks)


async def reply_unless_disconnected(
    request: Request, reply: asyncio.Future[AnyReply]
) -> AnyReply:
    """The reply; it is cancelled before it reaches the model if the client leaves. Raises `ClientDisconnect`."""
    # Once the body is read, only the client's disconnect can be received.
    disconnect = asyncio.ensure_future(request.receive())
    disconnect.add_done_callback(lambda _: reply.cancel())
    try:
        return await reply
    except asyncio.CancelledError:
        if disconnect.done():
            raise ClientDisconnect from None
        raise
    finally:
        disconnect.cancel()
