from __future__ import annotations

import base64
import json
from typing import Any, cast

import pytest

from contracts.model_record import ModelRecord
from functions.adapters import runtime as aws
from functions.adapters.runtime import Prediction
from functions.api import calls, handler
from functions.api.predictions import ANSWER_BYTES, KEPT_SECONDS, Predictor
from tests.unit.functions.api.client import (
    ANSWER,
    PREDICT,
    Client,
    Context,
    event_of,
    live,
)
from tests.unit.functions.fakes import AnsweringRuntime, MemoryLedger


def test_a_prediction_is_what_the_model_says_and_names_the_run_that_said_it(
    call: Client,
) -> None:
    live(call)
    call.runtime.run = "reviews-2"
    status, body, headers = call("POST", PREDICT, {"inputs": "good"}, model="reviews")
    assert (status, body) == (200, ANSWER)
    assert headers["content-type"] == "application/json"
    assert headers["x-traindrop-run"] == "reviews-2"
    assert call.runtime.bodies == [b'{"inputs": "good"}']


def test_a_base64_body_is_decoded(call: Client) -> None:
    live(call)
    event = {
        "resource": PREDICT,
        "path": "/models/reviews/predict",
        "httpMethod": "POST",
        "headers": None,
        "pathParameters": {"model": "reviews"},
        "body": base64.b64encode(b'{"inputs": "gut"}').decode(),
        "isBase64Encoded": True,
        "requestContext": {},
    }
    assert call.send(event)[0] == 200
    assert call.runtime.bodies == [b'{"inputs": "gut"}']


def test_a_model_in_training_is_409_with_its_run(call: Client) -> None:
    call.ledger.add("reviews-1", status="training")
    status, error, _ = call.error("POST", PREDICT, {"inputs": "x"}, model="reviews")
    assert (status, error["code"], error["run"], error["status"]) == (
        409,
        "model_not_live",
        "reviews-1",
        "training",
    )


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "bad_json"),
        (f'{{"inputs": {"9" * 5000}}}', 400, "bad_json"),
        ("", 400, "empty_body"),
        ({"inputs": 1}, 422, "invalid_request"),
    ],
)
def test_a_bad_body_is_4xx(call: Client, body: Any, status: int, code: str) -> None:
    live(call)
    actual, error, _ = call.error("POST", PREDICT, body, model="reviews")
    assert (actual, error["code"]) == (status, code)


def test_a_bad_field_is_named(call: Client) -> None:
    live(call)
    assert (
        call.error("POST", PREDICT, {"inputs": ["a", 1]}, model="reviews")[1]["field"]
        == "inputs[1]"
    )


def test_a_body_larger_than_the_endpoint_takes_is_413(call: Client) -> None:
    live(call)
    call.ledger.model_records["reviews"]["mode"] = "serverless"
    status, error, _ = call.error(
        "POST", PREDICT, {"inputs": "x" * (4 * 2**20)}, model="reviews"
    )
    assert (status, error["code"]) == (413, "body_too_large")
    assert "takes at most 4,194,304" in error["message"]


@pytest.mark.parametrize(
    ("refusal", "status", "code", "retry_after"),
    [
        (aws.ModelFailedError(500, "Worker died."), 502, "model_error", None),
        (aws.ModelRefusedError(422, "no mask"), 422, "model_refused", None),
        (aws.ModelAsleepError("loading"), 503, "model_waking", "10"),
        (aws.OverloadedError("busy"), 503, "model_overloaded", "1"),
        (aws.PredictionTimeoutError("late"), 504, "model_timeout", None),
        (aws.EndpointMissingError("gone"), 409, "endpoint_gone", None),
        (aws.EndpointNotServingError("Creating"), 503, "endpoint_not_serving", "10"),
    ],
)
def test_a_refusal_of_the_endpoint_has_its_own_status(
    call: Client, refusal: Exception, status: int, code: str, retry_after: str | None
) -> None:
    live(call)
    call.runtime.answers = [refusal]
    actual, error, headers = call.error(
        "POST", PREDICT, {"inputs": "x"}, model="reviews"
    )
    assert (actual, error["code"], headers.get("retry-after")) == (
        status,
        code,
        retry_after,
    )


def test_a_serverless_endpoint_that_is_late_is_waking(call: Client) -> None:
    live(call)
    call.ledger.model_records["reviews"]["mode"] = "serverless"
    call.runtime.answers = [aws.PredictionTimeoutError("late")]
    actual, error, headers = call.error(
        "POST", PREDICT, {"inputs": "x"}, model="reviews"
    )
    assert (actual, error["code"], headers.get("retry-after")) == (
        503,
        "model_waking",
        "10",
    )
    assert error["message"] == (
        "The model 'reviews' did not answer in time: a serverless endpoint starts when it is called after a while. "
        "Ask again in some seconds. If it never answers in time, send fewer or shorter inputs at once."
    )


def test_the_models_own_error_says_what_the_model_said(call: Client) -> None:
    live(call)
    call.runtime.answers = [aws.ModelFailedError(400, "too long")]
    error = call.error("POST", PREDICT, {"inputs": "x"}, model="reviews")[1]
    assert error["message"] == "The model 'reviews' failed with 400: too long"
    assert error["model_status"] == 400


def test_what_only_the_model_can_refuse_is_the_callers_mistake(call: Client) -> None:
    live(call)
    refusal = "inputs: expected a text with [MASK] in it; found 'x'. Write [MASK]."
    call.runtime.answers = [aws.ModelRefusedError(422, refusal)]
    status, error, _ = call.error("POST", PREDICT, {"inputs": "x"}, model="reviews")
    assert (status, error["code"], error["model_status"]) == (422, "model_refused", 422)
    assert error["message"] == (
        f"The model 'reviews' refused the request with 422: {refusal}"
    )


def test_an_answer_that_a_function_cannot_send_is_413(call: Client) -> None:
    live(call)
    # A quote counts twice: an answer is sent as a text inside JSON.
    answer = b"[%s]" % b",".join([b'"a"'] * 1_100_000)
    call.runtime.answers = [Prediction(answer, "run-1")]
    status, error, _ = call.error("POST", PREDICT, {"inputs": "x"}, model="reviews")
    assert (status, error["code"], error["message"]) == (
        413,
        "answer_too_large",
        "The answer of 'reviews' has 6,600,003 bytes as it is sent; the API carries at most 6,200,000. "
        "Send fewer inputs at once, or ask for less of each (top_k, pooling).",
    )


@pytest.mark.parametrize(
    ("body", "words"), [(b"\xff", "1 bytes"), (b"plain", "5 bytes")]
)
def test_an_answer_of_hooks_that_is_no_json_says_so(
    call: Client, body: bytes, words: str
) -> None:
    live(call)
    call.ledger.model_records["reviews"]["custom"] = True
    call.runtime.answers = [Prediction(body, "run-1")]
    status, error, _ = call.error("POST", PREDICT, {"any": "x"}, model="reviews")
    assert (status, error["code"]) == (502, "model_error")
    assert f"answered with {words} that are no JSON: " in error["message"]


def as_text(answer: list[str]) -> str:
    return json.dumps(answer, ensure_ascii=False)


@pytest.mark.parametrize("letter", ["a", '"', "é", "名"])
def test_every_answer_that_is_let_through_is_one_that_a_function_can_send(
    call: Client, letter: str
) -> None:
    live(call)
    empty, one = (len(json.dumps(as_text([letter * n]))) for n in (0, 1))
    text = letter * ((ANSWER_BYTES - empty) // (one - empty))
    call.runtime.answers = [Prediction(as_text([text]).encode(), "run-1")]
    event = event_of("POST", PREDICT, {"model": "reviews"}, '{"inputs": "x"}')
    answer = handler.api(event, cast(Any, Context()))
    assert answer["statusCode"] == 200
    assert 6_000_000 < len(json.dumps(answer)) <= 6_291_556


def test_texts_that_were_cut_are_counted(call: Client) -> None:
    live(call)
    call.runtime.answers = [Prediction(b"[]", "run-1", "truncated=2")]
    headers = call("POST", PREDICT, {"inputs": ["a", "b"]}, model="reviews")[2]
    assert headers["x-traindrop-truncated"] == "2"
    call.runtime.answers = [Prediction(b"[]", "run-1")]
    headers = call("POST", PREDICT, {"inputs": ["a", "b"]}, model="reviews")[2]
    assert "x-traindrop-truncated" not in headers


def test_a_model_is_read_once_in_some_seconds(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, reads, read = [0.0], [], ledger.find_model

    def counted(name: str) -> ModelRecord | None:
        reads.append(name)
        return read(name)

    monkeypatch.setattr(ledger, "find_model", counted)
    ledger.add("reviews-1", status="live", task="text-classification")
    predictor = Predictor(
        ledger, AnsweringRuntime(ANSWER), calls.wake, clock=lambda: time[0]
    )
    for moment in (0.0, 1.0, KEPT_SECONDS + 2.0):
        time[0] = moment
        predictor.predict("reviews", '{"inputs": "x"}', "")
    assert len(reads) == 2


def test_a_model_with_code_of_its_own_takes_any_request(call: Client) -> None:
    live(call)
    call.ledger.model_records["reviews"]["custom"] = True
    status, body, _ = call("POST", PREDICT, {"reviews": ["fine"]}, model="reviews")
    assert (status, body) == (200, ANSWER)
    assert call.runtime.bodies == [b'{"reviews": ["fine"]}']


def test_a_model_whose_task_is_unknown_takes_any_json(call: Client) -> None:
    live(call)
    call.ledger.model_records["reviews"]["task"] = ""
    assert call("POST", PREDICT, [1, 2], model="reviews")[0] == 200
    assert call.error("POST", PREDICT, "{", model="reviews")[1]["code"] == "bad_json"


def test_the_place_of_broken_json_reads_as_a_sentence(call: Client) -> None:
    live(call)
    _, error, _ = call.error("POST", PREDICT, '{"inputs": "Bad', model="reviews")
    assert error["message"] == (
        "The body is not JSON: Unterminated string starting at line 1, column 12."
    )
