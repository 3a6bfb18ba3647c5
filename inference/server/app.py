"""The HTTP app of Traindrop's own protocol: `/ping` and `/invocations`, which OpenAI's clients know by other paths."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ..model.environment import Environment
from ..protocols.encoding import encode_json
from ..protocols.messages import Call, Reply, error_reply
from .batcher import OverloadedError
from .exchange import AnyReply, StreamReply
from .state import BodyTooLargeError, ServerState, read_body, reply_unless_disconnected

BODY_LIMIT_BYTES = 6_291_456
BODY_TIMEOUT_SECONDS = 60.0
OPENAI_PATHS = ("/v1/chat/completions", "/v1/completions")
"""The body says what is asked for; it is the same at `/invocations`."""
RETRY_AFTER = {"Retry-After": "1"}


def create_app(state: ServerState, environment: Environment) -> Starlette:
    app = TraindropApp(state, environment.body_limit or BODY_LIMIT_BYTES)
    routes = [
        Route("/ping", app.ping, methods=["GET", "POST"]),
        Route("/invocations", app.invoke, methods=["POST"]),
        *(Route(path, app.invoke, methods=["POST"]) for path in OPENAI_PATHS),
    ]
    starlette = Starlette(
        routes=routes, exception_handlers={404: app.refuse, 405: app.refuse}
    )
    # A client would have to send its body twice, to an address made of its own Host header.
    starlette.router.redirect_slashes = False
    return starlette


class TraindropApp:
    """The endpoints of the app."""

    def __init__(self, state: ServerState, body_limit_bytes: int) -> None:
        self._state = state
        self._body_limit_bytes = body_limit_bytes

    async def ping(self, _: Request) -> Response:
        """200 where the model can answer, else 503."""
        healthy = self._state.healthy
        body = encode_json({"status": "Healthy" if healthy else "Unhealthy"})
        return self._response(Reply(200 if healthy else 503, body))

    async def invoke(self, request: Request) -> Response:
        return self._response(await self._reply(request))

    async def refuse(self, request: Request, error: Exception) -> Response:
        """The response to an unknown path (404) or method (405)."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        if status == 404:
            message = f"expected /ping or /invocations; found {request.url.path!r}. Correct the path."
            return self._response(error_reply(404, "ResourceNotFound", message))
        headers = dict(getattr(error, "headers", None) or {})
        message = f"expected {headers.get('Allow', 'another method')}; found {request.method}. Change the method."
        return self._response(error_reply(status, "MethodNotAllowed", message, headers))

    def _response(self, reply: AnyReply) -> Response:
        if isinstance(reply, StreamReply):
            head = reply.head
            headers = {
                **head.headers,
                **self._state.headers,
                "Content-Type": head.content_type,
                "Cache-Control": "no-cache",
            }
            return StreamingResponse(reply.pieces, head.status, headers)
        headers = {
            **reply.headers,
            **self._state.headers,
            "Content-Type": reply.content_type,
        }
        return Response(reply.body, reply.status, headers)

    async def _reply(self, request: Request) -> AnyReply:
        batcher = self._state.batcher
        if batcher is None:
            return error_reply(
                503,
                "ModelNotReady",
                "the model is still loading; try again shortly.",
                RETRY_AFTER,
            )
        try:
            call = await self._read_call(request)
            return await reply_unless_disconnected(request, batcher.submit(call))
        except OverloadedError as error:
            headers = {"Retry-After": str(error.retry_after_seconds)}
            return error_reply(
                503, "Overloaded", f"{error}; try again shortly.", headers
            )
        except BodyTooLargeError:
            limit = f"{self._body_limit_bytes:,}"
            message = f"expected a body of at most {limit} bytes; found more. Send fewer inputs a request."
            return error_reply(413, "BodyTooLarge", message)
        except TimeoutError:
            return self._body_timeout_reply()
        except ClientDisconnect:
            return error_reply(
                400,
                "ClientDisconnected",
                "the client left before its request was complete.",
            )

    async def _read_call(self, request: Request) -> Call:
        async with self._state.body_timeout(BODY_TIMEOUT_SECONDS):
            body = await read_body(request, self._body_limit_bytes)
        headers = request.headers
        return Call(
            body, headers.get("content-type"), headers.get("accept"), dict(headers)
        )

    def _body_timeout_reply(self) -> Reply:
        if self._state.draining:
            message = "the server stops, and the rest of the body did not come in time; send it again."
            return error_reply(503, "Stopping", message, RETRY_AFTER)
        seconds = f"{BODY_TIMEOUT_SECONDS:.0f} s"
        message = f"expected the whole body within {seconds}; it did not arrive. Send it faster."
        return error_reply(408, "BodyTimeout", message, {"Connection": "close"})
