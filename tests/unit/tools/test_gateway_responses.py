from __future__ import annotations

import json

from tools.gateway_responses import OWN_WORDS, GatewayResponse, template_of


def test_a_template_is_a_problem_with_the_gateways_variables() -> None:
    problem = json.loads(template_of(GatewayResponse("wrong_api_key", "Send one.")))
    assert problem == {
        "type": "urn:traindrop:problem:wrong_api_key",
        "title": "No API key of this stack",
        "status": 403,
        "detail": "Send one.",
        "instance": "urn:uuid:$context.requestId",
        "request_id": "$context.requestId",
        "error": {
            "code": "wrong_api_key",
            "message": "Send one.",
            "type": "invalid_request_error",
            "param": None,
            "request_id": "$context.requestId",
        },
    }


def test_the_gateways_own_words_come_with_their_quotes() -> None:
    text = template_of(GatewayResponse("bad_request", has_status=False))
    problem = json.loads(text.replace(OWN_WORDS, '"Bad"'))
    assert (problem["detail"], problem["error"]["message"]) == ("Bad", "Bad")
    assert "status" not in problem
