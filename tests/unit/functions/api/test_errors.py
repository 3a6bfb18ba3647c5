from __future__ import annotations

from functions.api.errors import (
    ApiError,
    method_not_allowed,
    not_live,
    unknown_model,
    unknown_route,
)
from functions.api.paths import Route
from functions.api.problem_types import openai_kind
from tests.unit.functions.fakes import MemoryLedger


def test_an_unknown_model_is_told_with_the_nearest() -> None:
    error = unknown_model("reviws", ["reviews"])
    sentence = "There is no model called 'reviws'. Did you mean 'reviews'?"
    assert error.document("1f-2") == {
        "type": "urn:traindrop:problem:unknown_model",
        "title": "There is no such model",
        "status": 404,
        "detail": sentence,
        "instance": "urn:uuid:1f-2",
        "request_id": "1f-2",
        "nearest": "reviews",
        "error": {
            "code": "unknown_model",
            "message": sentence,
            "type": "invalid_request_error",
            "param": None,
            "request_id": "1f-2",
            "nearest": "reviews",
        },
    }
    assert unknown_model("x", []).message.endswith(
        "GET /models lists the models there are."
    )


def test_a_model_that_is_not_live_says_what_is_being_done() -> None:
    assert "Drop its data under datasets/reviews/" in not_live("reviews", None).message
    error = not_live("reviews", MemoryLedger().add("r-1", status="training"))
    assert "Its run r-1 is in progress: training." in error.message
    assert error.more == {"run": "r-1", "status": "training"}
    assert (
        "ended as 'failed'"
        in not_live("m", MemoryLedger().add("r", status="failed", ended_at="t")).message
    )


def test_a_runs_status_is_not_taken_for_that_of_http() -> None:
    document = not_live("m", MemoryLedger().add("r-1", status="training")).document("1")
    assert (document["status"], document["state"]) == (409, "training")
    assert document["error"]["status"] == "training"


def test_clients_of_openai_learn_which_field_is_wrong() -> None:
    error = ApiError(422, "invalid_request", "…", field="model").document("1")["error"]
    assert (error["param"], error["type"]) == ("model", "invalid_request_error")
    assert openai_kind(429) == "rate_limit_error"
    assert openai_kind(503) == "server_error"


def test_headers_say_when_to_come_again_and_what_is_allowed() -> None:
    assert ApiError(503, "aws_unavailable", "…", retry_after=5).headers() == {
        "Retry-After": "5"
    }
    assert method_not_allowed("PUT", "/models", ("GET", "POST")).headers() == {
        "Allow": "GET, POST"
    }


def test_an_unknown_path_has_a_sentence_with_or_without_a_near_one() -> None:
    near = (Route("GET", "/runs/<run>"), Route("GET", "/runs"))
    error = unknown_route("GET", "/run/x", near)
    assert error.message == (
        "There is no GET /run/x. Did you mean GET /runs/{run} or GET /runs?"
    )
    assert error.more == {"nearest_routes": ["GET /runs/{run}", "GET /runs"]}
    assert "GET /openapi.json" in unknown_route("GET", "/", ()).message
    assert len(unknown_route("GET", "/" + "x" * 9000, ()).message) < 400
