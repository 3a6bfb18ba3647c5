"""What API Gateway itself answers: in the shape of the API's own refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deployment_modes import MODES
from functions.api.predictions import EVENT_BODY_BYTES
from functions.api.routes import route_list
from tests.unit.stack import template, translated

RESPONSES: dict[str, dict[str, Any]] = template.load()["Resources"]["Api"][
    "Properties"
]["GatewayResponses"]
STATUSES = {
    "INVALID_API_KEY": 403,
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "REQUEST_TOO_LARGE": 413,
    "THROTTLED": 429,
    "QUOTA_EXCEEDED": 429,
    "INTEGRATION_TIMEOUT": 504,
    "DEFAULT_4XX": None,
    "DEFAULT_5XX": None,
}


def error(kind: str) -> dict[str, Any]:
    text = RESPONSES[kind]["ResponseTemplates"]["application/json"]
    body = json.loads(text.replace("$context.error.messageString", ' "Bad"'))
    assert body.keys() == {"error"}
    return dict(body["error"])


@pytest.mark.parametrize("kind", STATUSES)
def test_a_refusal_of_the_gateway_has_a_code_and_a_sentence(kind: str) -> None:
    assert RESPONSES[kind].get("StatusCode") == STATUSES[kind]
    refusal = error(kind)
    assert refusal["code"].replace("_", "").isalpha()
    assert refusal["message"]


def test_every_response_is_held_by_these_tests() -> None:
    assert RESPONSES.keys() == STATUSES.keys()


def test_an_unknown_path_is_answered_with_the_paths_there_are() -> None:
    assert route_list() in error("MISSING_AUTHENTICATION_TOKEN")["message"]


def test_the_limits_of_a_body_are_the_ones_that_hold() -> None:
    message = error("REQUEST_TOO_LARGE")["message"]
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
