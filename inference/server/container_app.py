"""The HTTP face of the container's server: its paths, any method, its limit and its headers."""

from __future__ import annotations

import asyncio
import uuid
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..environment import Environment
from ..protocols.container import spelled, told, worker_died
from ..protocols.messages import Call, Reply
from .batcher import OverloadedError
from .bodies import BodyTooLargeError, read_body
from .state import State, unless_gone

BODY_LIMIT = 6_553_500
MODEL = "model"
HEADERS = {
    "Pragma": "no-cache",
    "Cache-Control": "no-cache; no-store, must-revalidate, private",
    "Expires": "Thu, 01 Jan 1970 00:00:00 UTC",
}
NOT_FOUND = told(404, "ResourceNotFoundException", "Requested resource is not found, please refer to API document.")
NOT_ALLOWED = told(405, "MethodNotAllowedException", "Requested method is not allowed, please refer to API document.")
LOADING_POLL_SECONDS = 0.05


def create_strict_app(state: State, environment: Environment) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            body = await read_body(request, environment.body_limit or BODY_LIMIT)
            response = _response(await _answer(request, body), state)
        except BodyTooLargeError:
            response = Response(status_code=413, headers={"Connection": "close"})
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(request: Request, body: bytes) -> Reply:
        target = target_of(request.url.path, request.url.query)
        if isinstance(target, Reply):
            return target
        if target != MODEL:
            return told(404, "ModelNotFoundException", f"Model not found: {target}")
        return await predict(state, request, body, environment.answer_seconds)

    return app


def target_of(path: str, query: str) -> Reply | str:
    """The name of the model that is asked, or the answer where none is."""
    segments = path.rstrip("/").split("/")
    match segments:
        case [""]:
            return NOT_ALLOWED
        case ["", "ping", *_]:
            return Reply(200, spelled({"status": "Healthy"}))
        case ["", "invocations"]:
            return parse_qs(query).get("model_name", [MODEL])[0]
        case ["", "models", name, "invoke"] | ["", "predictions", name, *_] | ["", name, "predict"]:
            return name
    return NOT_FOUND


async def predict(state: State, request: Request, body: bytes, seconds: int) -> Reply:
    """It waits for a model that is still loading, as the container's queue does."""
    headers = dict(request.headers.items())
    call = Call(body, headers.get("content-type"), headers.get("accept"), headers)
    try:
        async with asyncio.timeout(seconds):
            while state.engine is None:
                await asyncio.sleep(LOADING_POLL_SECONDS)
            return await unless_gone(request, state.engine.submit(call))
    except OverloadedError:
        return told(503, "ServiceUnavailableException", f"No worker is available to serve request: {MODEL}")
    except TimeoutError:
        return worker_died()


def _response(reply: Reply, state: State) -> Response:
    connection = {"Connection": "close"} if reply.status >= 400 else {}
    headers = {**reply.headers, **HEADERS, "x-request-id": str(uuid.uuid4()), **connection, **state.headers}
    return Response(reply.body, reply.status, {**headers, "Content-Type": reply.content_type})
