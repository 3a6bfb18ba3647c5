"""What API Gateway itself answers: in the shape of the API's own refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deployment_modes import MODES
from functions.api.errors import ApiError
from functions.api.predictions import EVENT_BODY_BYTES
from tests.unit.stack import template, translated

RESPONSES: dict[str, dict[str, Any]] = template.load()["Resources"]["Api"][
    "Properties"
]["GatewayResponses"]
STATUSES = {
    "INVALID_API_KEY": 403,
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "ACCESS_DENIED": 403,
    "WAF_FILTERED": 403,
    "REQUEST_TOO_LARGE": 413,
    "THROTTLED": 429,
    "QUOTA_EXCEEDED": 429,
    "INTEGRATION_TIMEOUT": 504,
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
}


def problem(kind: str) -> dict[str, Any]:
    text = RESPONSES[kind]["ResponseTemplates"]["application/json"]
    return dict(json.loads(text.replace("$context.error.messageString", ' "Bad"')))


@pytest.mark.parametrize("kind", STATUSES)
def test_a_refusal_of_the_gateway_is_a_problem_document(kind: str) -> None:
    assert RESPONSES[kind].get("StatusCode") == STATUSES[kind]
    headers = RESPONSES[kind]["ResponseParameters"]["Headers"]
    assert headers["Content-Type"] == "'application/problem+json'"
    document = problem(kind)
    assert document.get("status") == STATUSES[kind]
    assert document["error"]["message"] == document["detail"]
    own = ApiError(0, document["error"]["code"], "…").document("r")
    assert own.keys() - document.keys() <= {"status"}
    assert document.keys() <= own.keys()
    assert document["error"].keys() == own["error"].keys()
    assert document["title"] == own["title"]


def test_every_response_is_held_by_these_tests() -> None:
    assert RESPONSES.keys() == STATUSES.keys()


def test_the_limits_of_a_body_are_the_ones_that_hold() -> None:
    message = problem("REQUEST_TOO_LARGE")["detail"]
    for mode in MODES.values():
        limit = min(mode.body_limit_bytes, EVENT_BODY_BYTES)
        assert f"{limit:,}" in message


@pytest.mark.parametrize("kind", ["THROTTLED", "QUOTA_EXCEEDED"])
def test_what_passes_with_time_says_when_to_come_again(kind: str) -> None:
    seconds = RESPONSES[kind]["ResponseParameters"]["Headers"]["Retry-After"]
    assert seconds.strip("'").isdecimal()


def test_sam_hands_them_all_to_the_gateway() -> None:
    body = translated.load()["Resources"]["Api"]["Properties"]["Body"]
    assert set(body["x-amazon-apigateway-gateway-responses"]) == set(RESPONSES)
