"""What the server is up to, and waiting on behalf of a client that may leave."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request

from .calls import Reply
from .engine import Engine


@dataclass
class State:
    """`engine` is there once the model can answer."""

    engine: Engine | None = None
    draining: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def drain(self) -> None:
        """From now on every answer asks its client to connect anew, elsewhere."""
        self.draining = True
        self.headers = {"Connection": "close"}


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
