"""What the server is up to, and waiting on behalf of a client that may leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request

from ..protocols.messages import Reply
from .batcher import Engine

LAST_BODY_SECONDS = 3.0


@dataclass
class State:
    """`engine` is there once the model can answer."""

    engine: Engine | None = None
    draining: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    reading: set[asyncio.Timeout] = field(default_factory=set)
    """Until when each body that is arriving may take."""

    def drain(self) -> None:
        """From now on every answer asks its client to connect anew, elsewhere; bodies are no longer waited for."""
        self.draining = True
        self.headers = {"Connection": "close"}
        latest = asyncio.get_running_loop().time() + LAST_BODY_SECONDS
        for each in self.reading:
            each.reschedule(latest)

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[None]:
        """Raises `TimeoutError`."""
        async with asyncio.timeout(LAST_BODY_SECONDS if self.draining else seconds) as limit:
            self.reading.add(limit)
            try:
                yield
            finally:
                self.reading.discard(limit)


async def unless_gone(request: Request, reply: asyncio.Future[Reply]) -> Reply:
    """The reply; cancelled before the model is troubled if its client leaves. Raises `ClientDisconnect`."""
    # Once the body was read, nothing else than the client's leave is received.
    leaving = asyncio.ensure_future(request.receive())
    leaving.add_done_callback(lambda _: reply.cancel())
    try:
        return await reply
    except asyncio.CancelledError:
        if leaving.done():
            raise ClientDisconnect from None
        raise
    finally:
        leaving.cancel()
