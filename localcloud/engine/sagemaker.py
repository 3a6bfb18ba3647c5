"""SageMaker requests that reach the engine go on to the local one, for clients that know only AWS_ENDPOINT_URL."""

from __future__ import annotations

import json
import os
import re
from urllib.parse import quote, urlencode

import httpx

from localcloud.engine.dispatch import Proceed, Request, Response, around_requests

CONTROL, RUNTIME = "AWS_ENDPOINT_URL_SAGEMAKER", "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"
_INVOCATIONS = re.compile(r"/endpoints/[^/]+/(invocations|async-invocations|invocations-response-stream)")
_SECONDS = 75.0
"""A little more than the 60 s that SageMaker gives a real-time invocation."""
_HOP_BY_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding", "date", "server"})


def destination(request: Request) -> str | None:
    """The variable that names where this request belongs, or None if it is not for SageMaker."""
    if request.headers.get("x-amz-target", "").startswith("SageMaker."):
        return CONTROL
    signed_for = "/sagemaker/" in request.headers.get("authorization", "")
    return RUNTIME if signed_for and _INVOCATIONS.fullmatch(request.path) else None


def _unavailable(variable: str, error: object) -> Response:
    message = f"the local SageMaker at {variable} ({os.environ.get(variable, 'not set')}) gave no answer: {error}"
    body = {"__type": "ServiceUnavailable", "message": message}
    return 503, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode()


async def forward(client: httpx.AsyncClient, variable: str, request: Request) -> Response:
    base = os.environ.get(variable, "").rstrip("/")
    if not base:
        return _unavailable(variable, "start the engine with it")
    query = f"?{urlencode(request.query, doseq=True)}" if request.query else ""
    kept = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
    try:
        url = f"{base}{quote(request.path)}{query}"
        answer = await client.request(request.method, url, headers=kept, content=request.body)
    except httpx.HTTPError as error:
        return _unavailable(variable, repr(error))
    back = {name: value for name, value in answer.headers.items() if name not in _HOP_BY_HOP}
    return answer.status_code, back, answer.content


def apply() -> None:
    client = httpx.AsyncClient(timeout=_SECONDS, trust_env=False)

    async def handle(request: Request, proceed: Proceed) -> Response:
        variable = destination(request)
        return await (proceed() if variable is None else forward(client, variable, request))

    around_requests(handle)
