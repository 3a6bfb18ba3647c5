"""The routes that clients of OpenAI's API call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.adapters.runtime import Prediction
from tests.unit.functions.api.client import PREDICT, Client, live

CHAT, COMPLETIONS = "/v1/chat/completions", "/v1/completions"
MESSAGES = [{"role": "user", "content": "hello"}]
EVENTS = b'data: {"choices": []}\n\ndata: [DONE]\n\n'


@pytest.fixture
def writer(call: Client) -> Client:
    live(call)
    call.ledger.model_records["reviews"]["task"] = "text-generation"
    return call


def answer_with(call: Client, body: bytes) -> None:
    call.runtime.invoke = lambda *_: Prediction(body, "reviews-1")  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, {"model": "reviews", "messages": MESSAGES}),
        (COMPLETIONS, {"model": "reviews", "prompt": "hello", "max_tokens": 3}),
    ],
)
def test_the_body_goes_to_the_model_that_it_names(
    writer: Client, path: str, body: dict[str, Any]
) -> None:
    writer.runtime.run = "reviews-1"
    status, _, headers = writer("POST", path, body)
    assert status == 200
    assert headers["x-traindrop-run"] == "reviews-1"
    assert headers["content-type"] == "application/json"
    assert [json.loads(sent) for sent in writer.runtime.bodies] == [body]


@pytest.mark.parametrize(
    ("path", "body", "model"),
    [
        (CHAT, {"model": "reviews", "messages": MESSAGES, "stream": True}, {}),
        (PREDICT, {"inputs": "hello", "stream": True}, {"model": "reviews"}),
    ],
)
def test_a_stream_is_sent_as_events(
    writer: Client, path: str, body: dict[str, Any], model: dict[str, Any]
) -> None:
    answer_with(writer, EVENTS)
    status, text, headers = writer("POST", path, body, **model)
    assert (status, text) == (200, EVENTS.decode())
    assert headers["content-type"] == "text/event-stream"


def test_events_that_nobody_asked_for_are_no_answer_of_own_code(writer: Client) -> None:
    writer.ledger.model_records["reviews"]["custom"] = True
    answer_with(writer, EVENTS)
    body = {"model": "reviews", "messages": MESSAGES}
    assert writer.error("POST", CHAT, body)[1]["code"] == "model_error"
    assert writer("POST", CHAT, body | {"stream": True})[0] == 200


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (
            [1],
            "body",
            "The body is no object. Send the name of a model, and messages or a prompt.",
        ),
        (
            {"messages": MESSAGES},
            "model",
            "model: expected the name of a model; found none. GET /v1/models lists those that write texts.",
        ),
        (
            {"model": "reviews", "prompt": "x"},
            "messages",
            "messages: expected the field messages; found none. Add it.",
        ),
    ],
)
def test_what_is_missing_is_named(
    writer: Client, body: Any, field: str, message: str
) -> None:
    status, error, _ = writer.error("POST", CHAT, body)
    assert (status, error["field"], error["message"]) == (422, field, message)


def test_a_model_that_writes_nothing_says_where_it_is_called(call: Client) -> None:
    live(call)
    body = {"model": "reviews", "prompt": "x"}
    status, error, _ = call.error("POST", COMPLETIONS, body)
    assert (status, error["field"]) == (422, "model")
    assert error["message"] == (
        "The model 'reviews' writes no texts: its task is text-classification. "
        "Call POST /models/reviews/predict."
    )


def test_an_unknown_model_is_404(writer: Client) -> None:
    body = {"model": "review", "messages": MESSAGES}
    status, error, _ = writer.error("POST", CHAT, body)
    assert (status, error["nearest"]) == (404, "reviews")


def test_a_body_that_is_too_large_is_413(writer: Client) -> None:
    writer.ledger.model_records["reviews"]["mode"] = "serverless"
    body = {"model": "reviews", "prompt": "x" * (4 * 2**20)}
    assert writer.error("POST", COMPLETIONS, body)[0] == 413


def test_models_are_those_that_write_and_are_live(writer: Client) -> None:
    writer.ledger.add("stories-1", model="stories")
    status, body, _ = writer("GET", "/v1/models")
    assert (status, body["object"]) == (200, "list")
    (model,) = body["data"]
    assert isinstance(model.pop("created"), int)
    assert model == {"id": "reviews", "object": "model", "owned_by": "traindrop"}
    writer.ledger.model_records["reviews"]["task"] = "text-classification"
    assert writer("GET", "/v1/models")[1]["data"] == []
