"""The engine's side of the local SageMaker.

SageMaker requests that reach the engine are forwarded, for clients that know only AWS_ENDPOINT_URL. SageMaker's events
are accepted as those of `aws.sagemaker`, a source that AWS keeps for itself.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from ministack.services import eventbridge

from localcloud.engine.common.patching import replace
from localcloud.engine.dispatch import Proceed, Request, Response, around_requests

CONTROL, RUNTIME = "AWS_ENDPOINT_URL_SAGEMAKER", "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"
EVENT_SOURCE = "aws.sagemaker"
_INVOCATIONS = re.compile(
    r"/endpoints/[^/]+/(invocations|async-invocations|invocations-response-stream)"
)
_TIMEOUT_SECONDS = 75.0
"""A little more than the 60 s that SageMaker gives a real-time invocation."""
# The host goes on with a request: it is signed.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "transfer-encoding",
        "date",
        "server",
    }
)


def destination(request: Request) -> str | None:
    """The variable that names where this request belongs, or None if it is not for SageMaker."""
    if request.headers.get("x-amz-target", "").startswith("SageMaker."):
        return CONTROL
    is_signed_for_sagemaker = "/sagemaker/" in request.headers.get("authorization", "")
    if is_signed_for_sagemaker and _INVOCATIONS.fullmatch(request.path):
        return RUNTIME
    return None


async def forward(
    client: httpx.AsyncClient, variable: str, request: Request
) -> Response:
    base = os.environ.get(variable, "").rstrip("/")
    if not base:
        return _unavailable(variable, "start the engine with it")
    query = f"?{urlencode(request.query, doseq=True)}" if request.query else ""
    url = f"{base}{quote(request.path)}{query}"
    headers = _end_to_end(request.headers)
    try:
        answer = await client.request(
            request.method, url, headers=headers, content=request.body
        )
    except httpx.HTTPError as error:
        return _unavailable(variable, repr(error))
    return answer.status_code, _end_to_end(answer.headers), answer.content


def _end_to_end(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in _HOP_BY_HOP}


def _unavailable(variable: str, error: object) -> Response:
    message = f"the local SageMaker at {variable} ({os.environ.get(variable, 'not set')}) gave no answer: {error}"
    body = {"__type": "ServiceUnavailable", "message": message}
    return (
        503,
        {"Content-Type": "application/x-amz-json-1.1"},
        json.dumps(body).encode(),
    )


def _accept_events(original: Any) -> Any:
    def put(data: dict[str, Any], allow_aws_source: bool = False) -> Any:
        is_ours = all(
            entry.get("Source") == EVENT_SOURCE for entry in data.get("Entries", [])
        )
        return original(data, allow_aws_source=allow_aws_source or is_ours)

    return put


def apply() -> None:
    client = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False)

    async def handle(request: Request, proceed: Proceed) -> Response:
        variable = destination(request)
        if variable is None:
            return await proceed()
        return await forward(client, variable, request)

    replace(eventbridge, "_put_events", "data allow_aws_source", _accept_events)
    around_requests(handle)
