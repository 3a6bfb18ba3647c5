from __future__ import annotations

from typing import Any

import pytest

from functions.api.predictions import ANSWER_BYTES
from tests.unit.functions.api.client import ANSWER, PREDICT, Client, live

RESULT = "/models/{model}/predictions/{prediction}"
RUN = "reviews-1"


@pytest.fixture
def later(call: Client) -> Client:
    live(call)
    deployment = {"mode": "async", "endpoint": "e", "config": "c"}
    call.ledger.add(
        RUN, status="live", task="text-classification", deployment=deployment
    )
    call.ledger.model_records["reviews"]["mode"] = "async"
    return call


def answer_of(call: Client, body: Any) -> tuple[int, Any, dict[str, str]]:
    return call("POST", PREDICT, body, model="reviews")


def test_a_request_to_a_model_that_answers_later_is_taken(later: Client) -> None:
    status, page, headers = answer_of(later, {"inputs": "good"})
    assert (status, page["status"], page["run"]) == (202, "queued", RUN)
    assert page["path"] == f"/models/reviews/{headers['location']}"
    assert headers["x-traindrop-run"] == RUN
    assert int(headers["retry-after"]) > 0
    assert later.runtime.bodies == []
    (request,) = later.queueing.requests
    key = request["InputLocation"].removeprefix("s3://data/")
    assert later.storage.objects[key] == b'{"inputs": "good"}'


def test_its_answer_is_202_until_it_is_there(later: Client) -> None:
    name = answer_of(later, {"inputs": "good"})[1]["prediction"]
    assert later("GET", RESULT, model="reviews", prediction=name)[0] == 202
    later.queueing.answer(1, ANSWER, RUN)
    status, body, headers = later("GET", RESULT, model="reviews", prediction=name)
    assert (status, body, headers["x-traindrop-run"]) == (200, ANSWER, RUN)


def test_a_large_answer_is_a_link(later: Client) -> None:
    name = answer_of(later, {"inputs": "good"})[1]["prediction"]
    later.queueing.answer(1, "x" * ANSWER_BYTES, RUN)
    status, body, headers = later("GET", RESULT, model="reviews", prediction=name)
    assert (status, headers["location"]) == (303, body["url"])
    assert f"predictions/{RUN}/answers/1.out" in body["url"]


def test_a_failure_of_the_model_is_its_error(later: Client) -> None:
    name = answer_of(later, {"inputs": "good"})[1]["prediction"]
    text = 'Received server error (500) from primary with message "out of memory". See the log.'
    later.queueing.fail(1, text, RUN)
    status, error, _ = later.error("GET", RESULT, model="reviews", prediction=name)
    assert (status, error["code"], error["model_status"]) == (502, "model_error", 500)
    assert "out of memory" in error["message"]


def test_a_wrong_request_is_refused_at_once(later: Client) -> None:
    status, error, _ = later.error("POST", PREDICT, {"inputs": 1}, model="reviews")
    assert (status, error["code"]) == (422, "invalid_request")
    assert later.queueing.requests == []


def test_an_unknown_prediction_is_404(later: Client) -> None:
    name = f"{RUN}-{'0' * 32}"
    status, error, _ = later.error("GET", RESULT, model="reviews", prediction=name)
    assert (status, error["code"]) == (404, "unknown_prediction")
