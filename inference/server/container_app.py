"""The HTTP app of strict mode: the paths, methods, limit and headers of the Hugging Face container's server."""

from __future__ import annotations

import asyncio
import uuid
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..model.environment import Environment
from ..protocols.container import container_json, error_reply, worker_died_reply
from ..protocols.messages import Call, Reply
from .batcher import OverloadedError
from .state import BodyTooLargeError, ServerState, read_body, reply_unless_disconnected

BODY_LIMIT_BYTES = 6_553_500
LOADING_POLL_SECONDS = 0.05
MODEL = "model"
HEADERS = {
    "Pragma": "no-cache",
    "Cache-Control": "no-cache; no-store, must-revalidate, private",
    "Expires": "Thu, 01 Jan 1970 00:00:00 UTC",
}
NOT_FOUND = error_reply(
    404,
    "ResourceNotFoundException",
    "Requested resource is not found, please refer to API document.",
)
NOT_ALLOWED = error_reply(
    405,
    "MethodNotAllowedException",
    "Requested method is not allowed, please refer to API document.",
)


def create_container_app(state: ServerState, environment: Environment) -> ASGIApp:
    limit = environment.body_limit or BODY_LIMIT_BYTES

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            body = await read_body(request, limit)
            reply = await _reply(state, request, body, environment.answer_seconds)
            response = _response(reply, state)
        except BodyTooLargeError:
            response = Response(status_code=413, headers={"Connection": "close"})
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    return app


async def _reply(
    state: ServerState, request: Request, body: bytes, seconds: int
) -> Reply:
    target = route(request.url.path, request.url.query)
    if isinstance(target, Reply):
        return target
    if target != MODEL:
        return error_reply(404, "ModelNotFoundException", f"Model not found: {target}")
    return await _predict(state, request, body, seconds)


def route(path: str, query: str) -> Reply | str:
    """The name of the model that the path asks for, or the reply where it asks for none."""
    match path.rstrip("/").split("/"):
        case [""]:
            return NOT_ALLOWED
        case ["", "ping", *_]:
            return Reply(200, container_json({"status": "Healthy"}))
        case ["", "invocations"]:
            return parse_qs(query).get("model_name", [MODEL])[0]
        case (
            ["", "models", name, "invoke"]
            | ["", "predictions", name, *_]
            | ["", name, "predict"]
        ):
            return name
    return NOT_FOUND


async def _predict(
    state: ServerState, request: Request, body: bytes, seconds: int
) -> Reply:
    """The model's reply. It waits for a model that is still loading, as the container's queue does."""
    headers = dict(request.headers.items())
    call = Call(body, headers.get("content-type"), headers.get("accept"), headers)
    try:
        async with asyncio.timeout(seconds):
            while state.batcher is None:
                await asyncio.sleep(LOADING_POLL_SECONDS)
            reply = await reply_unless_disconnected(request, state.batcher.submit(call))
            # The workers of strict mode stream nothing.
            assert isinstance(reply, Reply)
            return reply
    except OverloadedError:
        message = f"No worker is available to serve request: {MODEL}"
        return error_reply(503, "ServiceUnavailableException", message)
    except TimeoutError:
        return worker_died_reply()


def _response(reply: Reply, state: ServerState) -> Response:
    headers = {**reply.headers, **HEADERS, "x-request-id": str(uuid.uuid4())}
    if reply.status >= 400:
        headers["Connection"] = "close"
    headers |= state.headers
    return Response(
        reply.body, reply.status, {**headers, "Content-Type": reply.content_type}
    )
