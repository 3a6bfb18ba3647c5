"""The one place where every AWS request passes through ministack, for the patches that look at requests."""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from ministack import app
from ministack.core import router

from localcloud.engine.common.patching import replace, symbol

Response = tuple[int, dict[str, str], Any]
"""Status, headers, body."""
Proceed = Callable[[], Awaitable[Response]]
_PARAMETERS = "method path headers body query_params request_id"


@dataclass(frozen=True)
class Request:
    """Header names are in lower case; `path` is decoded."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: dict[str, list[str]]

    @property
    def service(self) -> str:
        """ministack's name of the service."""
        parameters = app._routing_params(
            self.method, self.path, self.headers, self.body, self.query
        )
        return str(
            router.detect_service(self.method, self.path, self.headers, parameters)
        )

    @property
    def operation(self) -> str:
        """The API operation where the protocol names it, else empty."""
        target = self.headers.get("x-amz-target", "")
        if target:
            return target.rpartition(".")[2]
        if "Action" in self.query:
            return self.query["Action"][0]
        content_type = self.headers.get("content-type", "")
        if content_type.startswith("application/x-www-form-urlencoded"):
            form = parse_qs(self.body.decode(errors="replace"))
            return form.get("Action", [""])[0]
        return ""


def json_response(status: int, body: dict[str, Any]) -> Response:
    """The answer of a service whose protocol is JSON 1.1."""
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    return status, headers, json.dumps(body).encode()


def around_requests(handle: Callable[[Request, Proceed], Awaitable[Response]]) -> None:
    """From now on `handle(request, proceed)` answers every AWS request; `proceed()` gives the answer without it."""
    symbol(router, "detect_service", "method path headers query_params")
    symbol(app, "_routing_params", "method path headers body query_params")

    def make(original: Any) -> Any:
        @functools.wraps(original)
        async def dispatch(*arguments: Any) -> Response:
            request = Request(*arguments[:5])
            return await handle(request, lambda: original(*arguments))

        return dispatch

    replace(app, "_dispatch_service_request", _PARAMETERS, make)
