"""The HTTP face of a service: `/ping` and `/invocations`."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ..environment import Environment
from ..protocols.encoding import encode_json
from ..protocols.messages import Call, Reply, error_reply
from .batcher import OverloadedError
from .bodies import BodyTooLargeError, read_body
from .container_app import create_strict_app
from .state import State, unless_gone

__all__ = ["State", "create_app"]

BODY_LIMIT = 6_291_456
BODY_SECONDS = 60.0
RETRY_AFTER = {"Retry-After": "1"}


def create_app(state: State, environment: Environment | None = None) -> ASGIApp:
    environment = environment or Environment()
    if environment.strict:
        return create_strict_app(state, environment)

    def respond(reply: Reply) -> Response:
        headers = {**reply.headers, **state.headers, "Content-Type": reply.content_type}
        return Response(reply.body, reply.status, headers)

    async def ping(_: Request) -> Response:
        healthy = state.engine is not None and state.engine.ready and not state.draining
        body = encode_json({"status": "Healthy" if healthy else "Unhealthy"})
        return respond(Reply(200 if healthy else 503, body))

    async def invocations(request: Request) -> Response:
        return respond(await answer(state, request, environment))

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
    app = Starlette(routes=routes, exception_handlers={404: refuse, 405: refuse})
    # A client would have to send its body twice, to an address made of its own Host header.
    app.router.redirect_slashes = False
    return app


async def answer(state: State, request: Request, environment: Environment) -> Reply:
    if state.engine is None:
        return error_reply(503, "ModelNotReady", "the model is still loading; try again shortly.", RETRY_AFTER)
    limit = environment.body_limit or BODY_LIMIT
    try:
        async with state.within(BODY_SECONDS):
            body = await read_body(request, limit)
        headers = request.headers
        call = Call(body, headers.get("content-type"), headers.get("accept"), dict(headers))
        return await unless_gone(request, state.engine.submit(call))
    except OverloadedError as error:
        return error_reply(503, "Overloaded", f"{error}; try again shortly.", {"Retry-After": str(error.retry_after)})
    except BodyTooLargeError:
        message = f"expected a body of at most {limit:,} bytes; found more. Send fewer inputs a request."
        return error_reply(413, "BodyTooLarge", message)
    except TimeoutError:
        return late(state)
    except ClientDisconnect:
        return error_reply(400, "ClientDisconnected", "the client left before its request was complete.")


def late(state: State) -> Reply:
    """To a body that did not come in time."""
    if state.draining:
        message = "the server stops, and the rest of the body did not come in time; send it again."
        return error_reply(503, "Stopping", message, RETRY_AFTER)
    message = f"expected the whole body within {BODY_SECONDS:.0f} s; it did not arrive. Send it faster."
    return error_reply(408, "BodyTimeout", message, {"Connection": "close"})
