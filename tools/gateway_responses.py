"""What API Gateway itself answers, in the form of the API's own problems: `GatewayResponses` of `template.yaml`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from deployment_modes import MODES
from functions.api.calls import PROBLEM_JSON
from functions.api.predictions import EVENT_BODY_BYTES
from functions.api.problem_types import (
    PROBLEM_TYPES,
    instance_uri,
    openai_kind,
    type_uri,
)

REQUEST_ID = "$context.requestId"
OWN_WORDS = "$context.error.messageString"
"""API Gateway's sentence, in quotes already."""
_WIDTH = 108
_QUOTED_WORDS = json.dumps(OWN_WORDS)


@dataclass(frozen=True)
class GatewayResponse:
    """The kind of problem, and its sentence; `has_status` where the gateway's status is always the problem's."""

    code: str
    detail: str = OWN_WORDS
    has_status: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


def _limits() -> str:
    limits = sorted(
        {min(mode.body_limit_bytes, EVENT_BODY_BYTES) for mode in MODES.values()}
    )
    return " or ".join(f"{limit:,}" for limit in limits)


_NO_KEY = (
    "Expected one of the stack's API keys in the header x-api-key; found none or another. ApiKeyCommand of the "
    "stack's outputs prints one."
)
_UNAVAILABLE = (
    "Traindrop could not answer. Ask again; the log of the API's function has more."
)

RESPONSES: dict[str, GatewayResponse] = {
    "INVALID_API_KEY": GatewayResponse("wrong_api_key", _NO_KEY),
    # What the gateway calls a path or method that it does not know; ANY /{proxy+} takes those with a key.
    "MISSING_AUTHENTICATION_TOKEN": GatewayResponse(
        "unknown_route",
        "There is no such path or method. GET /openapi.json describes all there are.",
    ),
    "ACCESS_DENIED": GatewayResponse("access_denied"),
    "WAF_FILTERED": GatewayResponse("access_denied"),
    "REQUEST_TOO_LARGE": GatewayResponse(
        "body_too_large",
        f"The body is larger than the API takes: {_limits()} bytes, as the model's deployment mode is. "
        "Send fewer inputs at once.",
    ),
    "THROTTLED": GatewayResponse(
        "too_many_requests",
        "More calls a second than the stack's ApiRateLimit or ApiBurstLimit. Ask again.",
        headers={"Retry-After": "1"},
    ),
    "QUOTA_EXCEEDED": GatewayResponse(
        "quota_exceeded",
        "More calls a day than the stack's ApiDailyQuota. Ask again tomorrow, or raise it.",
        headers={"Retry-After": "3600"},
    ),
    "INTEGRATION_TIMEOUT": GatewayResponse(
        "gateway_timeout",
        "There was no answer in 29 seconds. Ask again; if it happens again, send fewer or shorter inputs at once.",
    ),
    "DEFAULT_4XX": GatewayResponse("bad_request", has_status=False),
    "DEFAULT_5XX": GatewayResponse("internal_error", _UNAVAILABLE, has_status=False),
}
"""By API Gateway's name of the response. Those that are not here are answered as DEFAULT_4XX or DEFAULT_5XX."""


def template_of(response: GatewayResponse) -> str:
    """The JSON with the gateway's variables in it."""
    kind = PROBLEM_TYPES[response.code]
    problem: dict[str, Any] = {"type": type_uri(response.code), "title": kind.title}
    if response.has_status:
        problem["status"] = kind.status
    error = {
        "code": response.code,
        "message": response.detail,
        "type": openai_kind(kind.status),
        "param": None,
        "request_id": REQUEST_ID,
    }
    problem |= {
        "detail": response.detail,
        "instance": instance_uri(REQUEST_ID),
        "request_id": REQUEST_ID,
        "error": error,
    }
    return json.dumps(problem).replace(_QUOTED_WORDS, OWN_WORDS)


def lines() -> Iterator[str]:
    """The block of `template.yaml`."""
    for name, response in RESPONSES.items():
        yield f"{name}:"
        if response.has_status:
            yield f"  StatusCode: {PROBLEM_TYPES[response.code].status}"
        headers = {"Content-Type": PROBLEM_JSON, **response.headers}
        yield "  ResponseParameters:"
        yield "    Headers:"
        for header, value in headers.items():
            yield f"""      {header}: "'{value}'\""""
        yield "  ResponseTemplates:"
        yield "    application/json: >-"
        yield from _folded(template_of(response))


def _folded(text: str) -> Iterator[str]:
    """YAML puts one space where a line ends."""
    for line in textwrap.wrap(
        text, _WIDTH, break_long_words=False, break_on_hyphens=False
    ):
        yield f"      {line}"
