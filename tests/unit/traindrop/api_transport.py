"""The API's own handler behind httpx, so that clients are tested against what it really answers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from urllib.parse import unquote

import httpx

from functions.api.handler import api
from functions.api.routes import ROUTES
from tests.unit.functions.api.client import MANAGE_KEY, Context, event_of

URL = "https://api.test/live"
_TURN = threading.Lock()


def match(method: str, path: str) -> tuple[str, Mapping[str, str]]:
    """The resource of `template.yaml` that API Gateway would call, and its parameters."""
    names = path.removeprefix("/live/").split("/")
    for route_method, route, *_ in ROUTES:
        sections = route.removeprefix("/").split("/")
        if route_method != method or len(sections) != len(names):
            continue
        pairs = list(zip(sections, names, strict=True))
        if all(section == name or section[0] == "<" for section, name in pairs):
            parameters = {
                section[1:-1]: unquote(name)
                for section, name in pairs
                if section[0] == "<"
            }
            return route.replace("<", "{").replace(">", "}"), parameters
    raise LookupError(f"no route for {method} {path}")


def answer(request: httpx.Request) -> httpx.Response:
    resource, parameters = match(
        request.method, request.url.raw_path.decode().split("?")[0]
    )
    body = request.content.decode() or None
    event = event_of(
        request.method, resource, parameters, body, dict(request.url.params) or None
    )
    has_key = request.headers.get("x-api-key") == "the-key"
    event["requestContext"]["identity"] = {"apiKeyId": MANAGE_KEY if has_key else "-"}
    # A function of Lambda works on one event at a time.
    with _TURN:
        result = api(event, Context())  # type: ignore[arg-type]
    headers = [
        (name, value)
        for name, values in result["multiValueHeaders"].items()
        for value in values
    ]
    return httpx.Response(result["statusCode"], headers=headers, text=result["body"])


def transport() -> httpx.MockTransport:
    """For clients of both kinds."""
    return httpx.MockTransport(answer)
