"""The HTTP face of a service: `/ping` and `/invocations`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from .encoding import encode_json
from .engine import Engine, OverloadedError
from .service import Call, Reply, error_reply

BODY_LIMIT = 6_291_456
DISCARD_LIMIT = 8 * BODY_LIMIT
BODY_SECONDS = 60.0
RETRY_AFTER = {"Retry-After": "1"}


@dataclass
class State:
    """What the server is up to. `engine` is there once the model can answer."""

    engine: Engine | None = None
    draining: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def drain(self) -> None:
        """From now on every answer asks its client to connect anew, elsewhere."""
        self.draining = True
        self.headers = {"Connection": "close"}


class BodyTooLargeError(Exception):
    """The body exceeds what InvokeEndpoint would let through."""


async def read_body(request: Request) -> bytes:
    """Raises `BodyTooLargeError` after reading on a little, so that the client is listening when it is told."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= BODY_LIMIT:
            parts.append(part)
        elif size > DISCARD_LIMIT:
            break
    if size > BODY_LIMIT:
        raise BodyTooLargeError
    return b"".join(parts)


def create_app(state: State) -> Starlette:
    def respond(reply: Reply) -> Response:
        headers = {**reply.headers, **state.headers, "Content-Type": reply.content_type}
        return Response(reply.body, reply.status, headers)

    async def ping(_: Request) -> Response:
        healthy = state.engine is not None and state.engine.ready and not state.draining
        body = encode_json({"status": "Healthy" if healthy else "Unhealthy"})
        return respond(Reply(200 if healthy else 503, body))

    async def invocations(request: Request) -> Response:
        return respond(await answer(state, request))

    async def refuse(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(getattr(error, "headers", None) or {})
        if status == 404:
            message = f"expected /ping or /invocations; found {request.url.path!r}. Correct the path."
            return respond(error_reply(404, "ResourceNotFound", message))
        message = f"expected {headers.get('Allow', 'another method')}; found {request.method}. Change the method."
        return respond(error_reply(status, "MethodNotAllowed", message, headers))

    routes = [
        Route("/ping", ping, methods=["GET", "POST"]),
        Route("/invocations", invocations, methods=["POST"]),
    ]
    return Starlette(routes=routes, exception_handlers={404: refuse, 405: refuse})


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


async def answer(state: State, request: Request) -> Reply:
    if state.engine is None:
        return error_reply(503, "ModelNotReady", "the model is still loading; try again shortly.", RETRY_AFTER)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await read_body(request)
        headers = request.headers
        call = Call(body, headers.get("content-type"), headers.get("accept"), dict(headers))
        return await unless_gone(request, state.engine.submit(call))
    except BodyTooLargeError:
        message = f"expected a body of at most {BODY_LIMIT:,} bytes; found more. Send fewer inputs a request."
        return error_reply(413, "BodyTooLarge", message)
    except TimeoutError:
        message = f"expected the whole body within {BODY_SECONDS:.0f} s; it did not arrive. Send it faster."
        return error_reply(408, "BodyTimeout", message, {"Connection": "close"})
    except OverloadedError as error:
        return error_reply(503, "Overloaded", f"{error}; try again shortly.", {"Retry-After": str(error.retry_after)})
    except ClientDisconnect:
        return error_reply(400, "ClientDisconnected", "the client left before its request was complete.")
