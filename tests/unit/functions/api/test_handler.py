from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from contracts.run_record import ModelRecord, ProblemRecord
from functions.adapters import clients
from functions.adapters import runtime as aws
from functions.api import handler, routes
from functions.api.predictions import KEPT_SECONDS, Predictor
from functions.common.settings import Settings
from tests.unit.functions.deploy.test_release import made
from tests.unit.functions.fakes import (
    STACK,
    AnsweringRuntime,
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
)

ANSWER = [{"label": "positive", "score": 0.9}]
PREDICT = "/models/{model}/predict"


@dataclass
class Context:
    """What Lambda gives a handler besides the event."""

    function_name: str = "api"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:1:function:api"
    aws_request_id: str = "request-1"


@dataclass
class Client:
    """Calls the handler as API Gateway does."""

    ledger: MemoryLedger
    sagemaker: MemorySageMaker
    runtime: AnsweringRuntime
    storage: MemoryStorage

    def __call__(
        self,
        method: str,
        resource: str,
        body: Any = None,
        query: dict[str, str] | None = None,
        **path: str,
    ) -> tuple[int, Any, dict[str, str]]:
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        filled = resource
        for name, value in path.items():
            filled = filled.replace(f"{{{name}}}", value)
        event = {
            "resource": resource,
            "path": filled,
            "httpMethod": method,
            "headers": {"content-type": "application/json"},
            "queryStringParameters": query,
            "pathParameters": path or None,
            "body": text,
            "isBase64Encoded": False,
            "requestContext": {"requestId": "r", "stage": "live"},
        }
        return self.send(event)

    def send(self, event: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        answer: dict[str, Any] = handler.api(event, Context())  # type: ignore[arg-type]
        headers = {name.lower(): values[0] for name, values in answer["multiValueHeaders"].items()}
        is_json = headers["content-type"] == "application/json"
        return (
            answer["statusCode"],
            json.loads(answer["body"]) if is_json else answer["body"],
            headers,
        )

    def error(
        self,
        method: str,
        resource: str,
        body: Any = None,
        query: dict[str, str] | None = None,
        **path: str,
    ) -> tuple[int, dict[str, Any], dict[str, str]]:
        status, body, headers = self(method, resource, body, query, **path)
        return status, body["error"], headers


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch,
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
    storage: MemoryStorage,
) -> Client:
    runtime = AnsweringRuntime(ANSWER)
    predictor = Predictor(ledger, runtime)
    monkeypatch.setattr(clients, "ledger", lambda: ledger)
    monkeypatch.setattr(clients, "sagemaker", lambda: sagemaker)
    monkeypatch.setattr(clients, "storage", lambda: storage)
    monkeypatch.setattr(clients, "settings", lambda: Settings(STACK, "data", "table"))
    monkeypatch.setattr(routes, "predictor", lambda: predictor)
    return Client(ledger, sagemaker, runtime, storage)


def live(call: Client, model: str = "reviews", run: str = "reviews-1") -> None:
    evaluation = {
        "metric": "accuracy",
        "model": {"accuracy": 0.8},
        "labels": ["n", "p"],
        "label_count": 2,
        "rows": 9,
    }
    call.ledger.add(
        run, model=model, status="live", task="text-classification", evaluation=evaluation
    )
    call.sagemaker.add_endpoint(f"{STACK}-{model}", made(call.sagemaker, run, model))


def test_a_prediction_is_what_the_model_says(call: Client) -> None:
    live(call)
    status, body, headers = call("POST", PREDICT, {"inputs": "good"}, model="reviews")
    assert (status, body) == (200, ANSWER)
    assert headers["content-type"] == "application/json"
    assert headers["x-traindrop-run"] == "reviews-1"
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


@pytest.mark.parametrize("encode", [str, quote])
@pytest.mark.parametrize("name", ["Größe a+b", "100%", "what?", 'a"b', "a#b", "50%25"])
def test_any_model_name_arrives_encoded_or_not(
    call: Client, name: str, encode: Callable[[str], str]
) -> None:
    live(call, model=name, run="r-1")
    assert call("POST", PREDICT, {"inputs": "x"}, model=encode(name))[0] == 200
    assert call("GET", "/models/{model}", model=encode(name))[1]["model"] == name


def test_an_unknown_model_is_404_with_the_nearest(call: Client) -> None:
    live(call)
    status, error, _ = call.error("POST", PREDICT, {"inputs": "x"}, model="reviws")
    assert (status, error["code"], error["nearest"]) == (404, "unknown_model", "reviews")
    assert call.runtime.bodies == []


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
    [("{", 400, "bad_json"), ("", 400, "empty_body"), ({"inputs": 1}, 422, "invalid_request")],
)
def test_a_bad_body_is_4xx(call: Client, body: Any, status: int, code: str) -> None:
    live(call)
    found, error, _ = call.error("POST", PREDICT, body, model="reviews")
    assert (found, error["code"]) == (status, code)


def test_a_bad_field_is_named(call: Client) -> None:
    live(call)
    assert (
        call.error("POST", PREDICT, {"inputs": ["a", 1]}, model="reviews")[1]["field"]
        == "inputs[1]"
    )


def test_a_body_larger_than_the_endpoint_takes_is_413(call: Client) -> None:
    live(call)
    call.ledger.model_records["reviews"]["mode"] = "serverless"
    status, error, _ = call.error("POST", PREDICT, {"inputs": "x" * (4 * 2**20)}, model="reviews")
    assert (status, error["code"]) == (413, "body_too_large")
    assert "takes at most 4,194,304" in error["message"]


@pytest.mark.parametrize(
    ("refusal", "status", "code", "retry_after"),
    [
        (aws.ModelFailedError(500, "Worker died."), 502, "model_error", None),
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
    found, error, headers = call.error("POST", PREDICT, {"inputs": "x"}, model="reviews")
    assert (found, error["code"], headers.get("retry-after")) == (status, code, retry_after)


def test_a_serverless_endpoint_that_is_late_is_waking(call: Client) -> None:
    live(call)
    call.ledger.model_records["reviews"]["mode"] = "serverless"
    call.runtime.answers = [aws.PredictionTimeoutError("late")]
    found, error, headers = call.error("POST", PREDICT, {"inputs": "x"}, model="reviews")
    assert (found, error["code"], headers.get("retry-after")) == (503, "model_waking", "10")
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


def test_a_fault_of_our_own_is_500_with_the_request_id(
    call: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(call.ledger, "find_model", broken)
    status, error, _ = call.error("POST", PREDICT, {"inputs": "x"}, model="reviews")
    assert (status, error["code"], error["request_id"]) == (500, "internal_error", "request-1")
    assert "secret" not in json.dumps(error)


def test_an_unknown_route_is_404(call: Client) -> None:
    status, error, _ = call.error("GET", "/nothing")
    assert (status, error["code"]) == (404, "unknown_route")
    assert (
        "There is no GET /nothing. There are POST /models/{model}/predict, GET /models, "
        in error["message"]
    )
    assert "DELETE /models/{model}/endpoint" in error["message"]


def test_models_are_listed_with_their_endpoints_status(call: Client) -> None:
    live(call)
    call.ledger.add("quotes-1", model="quotes", status="training")
    models = call("GET", "/models")[1]["models"]
    assert [(m["model"], m["status"], m.get("champion")) for m in models] == [
        ("quotes", "none", None),
        ("reviews", "InService", "reviews-1"),
    ]


def test_a_model_says_what_it_does_and_how_to_ask_it(call: Client) -> None:
    live(call)
    call.ledger.add("reviews-2", status="training", task="text-classification")
    status, model, _ = call("GET", "/models/{model}", model="reviews")
    assert status == 200
    assert (model["task"], model["labels"], model["metrics"]) == (
        "text-classification",
        ["n", "p"],
        {"accuracy": 0.8},
    )
    assert (model["status"], model["champion"], model["active_run"]["run"]) == (
        "InService",
        "reviews-1",
        "reviews-2",
    )
    assert model["example"] == {
        "method": "POST",
        "path": "/models/reviews/predict",
        "body": {"inputs": "This is a sentence to classify."},
    }
    assert call("POST", PREDICT, model["example"]["body"], model="reviews")[0] == 200


def test_runs_are_listed_and_filtered(call: Client) -> None:
    live(call)
    call.ledger.add(
        "quotes-1",
        model="quotes",
        status="failed",
        failure={"cause": "Because.", "log_tail": ["x"]},
    )
    assert len(call("GET", "/runs")[1]["runs"]) == 2
    (run,) = call("GET", "/runs", None, {"model": "quotes", "limit": "5"})[1]["runs"]
    assert (run["run"], run["status"], run["cause"]) == ("quotes-1", "failed", "Because.")
    assert "failure" not in run


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", ""])
def test_a_bad_limit_is_422(call: Client, limit: str) -> None:
    status, error, _ = call.error("GET", "/runs", None, {"limit": limit})
    assert (status, error["field"]) == (422, "limit")
    assert error["message"] == f"limit: expected a whole number from 1 to 200; found {limit!r}"


def test_a_run_is_shown_whole(call: Client) -> None:
    problem = ProblemRecord(row=3, expected="a label", found="none", remedy="Fill it in.")
    call.ledger.add("reviews-1", status="rejected", problems=[problem])
    status, run, _ = call("GET", "/runs/{run}", run="reviews-1")
    assert (status, run["status"], run["problems"], run["steps"][0]["step"]) == (
        200,
        "rejected",
        [problem.write()],
        "rejected",
    )


def test_an_unknown_run_is_404(call: Client) -> None:
    status, error, _ = call.error("GET", "/runs/{run}", run="ghost")
    assert (status, error["code"]) == (404, "unknown_run")


def test_an_endpoint_is_deleted_with_everything_behind_it(call: Client) -> None:
    live(call)
    status, body, _ = call("DELETE", "/models/{model}/endpoint", model="reviews")
    assert (status, body["removed"]) == (
        200,
        [
            f"endpoint {STACK}-reviews",
            f"endpoint-config {STACK}-reviews-1",
            f"model {STACK}-reviews-1",
        ],
    )
    assert (call.sagemaker.configs, call.sagemaker.models) == ({}, {})
    assert call.error("POST", PREDICT, {"inputs": "x"}, model="reviews")[0] == 409
    assert call.ledger.get_run("reviews-1").write()["status"] == "superseded"


def test_deleting_an_endpoint_twice_removes_nothing_more(call: Client) -> None:
    live(call)
    call("DELETE", "/models/{model}/endpoint", model="reviews")
    del call.sagemaker.endpoints[f"{STACK}-reviews"]
    assert call("DELETE", "/models/{model}/endpoint", model="reviews")[:2] == (
        200,
        {"model": "reviews", "removed": []},
    )


@pytest.mark.parametrize("status", ["deploying", "verifying"])
def test_an_endpoint_is_not_deleted_while_a_run_deploys(call: Client, status: Any) -> None:
    live(call)
    call.ledger.add("reviews-2", status=status)
    found, error, _ = call.error("DELETE", "/models/{model}/endpoint", model="reviews")
    assert (found, error["code"], error["run"], error["status"]) == (
        409,
        "run_deploying",
        "reviews-2",
        status,
    )
    assert call.sagemaker.calls == []


def test_a_model_is_read_once_in_some_seconds(
    ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    time, reads, read = [0.0], [], ledger.find_model

    def counted(name: str) -> ModelRecord | None:
        reads.append(name)
        return read(name)

    monkeypatch.setattr(ledger, "find_model", counted)
    ledger.add("reviews-1", status="live", task="text-classification")
    predictor = Predictor(ledger, AnsweringRuntime(ANSWER), clock=lambda: time[0])
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


def test_a_models_page_shows_its_owners_example(call: Client) -> None:
    live(call)
    call.ledger.run_records["reviews-1"] |= {
        "hooks": ["transform_fn"],
        "example": {"reviews": ["fine"]},
    }
    assert call("GET", "/models/{model}", model="reviews")[1]["example"]["body"] == {
        "reviews": ["fine"]
    }


@pytest.mark.parametrize(
    ("name", "file", "kind"),
    [("report", "report.html", "text/html"), ("card", "README.md", "text/markdown")],
)
def test_a_document_of_a_run_is_passed_on_closed(
    call: Client, name: str, file: str, kind: str
) -> None:
    path = f"/runs/reviews-1/{name}"
    call.ledger.add("reviews-1", status="live", **{name: path})
    call.storage.objects[f"models/reviews-1/{file}"] = "größe <b>".encode()
    status, body, headers = call("GET", f"/runs/{{run}}/{name}", run="reviews-1")
    assert (status, body, headers["content-type"]) == (200, "größe <b>", f"{kind}; charset=utf-8")
    assert (
        headers["content-security-policy"]
        == "sandbox; default-src 'none'; style-src 'unsafe-inline'"
    )
    assert call("GET", "/runs/{run}", run="reviews-1")[1][name] == path
    assert call("GET", "/models/{model}", model="reviews")[1][name] == path


@pytest.mark.parametrize("name", ["report", "card"])
def test_a_document_that_is_not_there_is_404(call: Client, name: str) -> None:
    call.ledger.add("reviews-1", status="training")
    call.ledger.add(
        "reviews-2", status="live", ended_at="2026-05-01", report="/runs/reviews-2/report"
    )
    waiting = call.error("GET", f"/runs/{{run}}/{name}", run="reviews-1")
    message = f"There is no {name} of the run 'reviews-1'. Its run is in progress (training): it is written when"
    assert (waiting[0], waiting[1]["code"]) == (404, f"no_{name}")
    assert waiting[1]["message"] == f"{message} the training has ended."
    gone = call.error("GET", f"/runs/{{run}}/{name}", run="reviews-2")[1]
    assert gone["message"] == (
        f"There is no {name} of the run 'reviews-2'. Its job left none, as one with a training script of its own; or "
        "it has been removed since."
    )


@pytest.mark.parametrize("name", ["report", "card"])
def test_a_document_of_an_unknown_run_is_404(call: Client, name: str) -> None:
    status, error, _ = call.error("GET", f"/runs/{{run}}/{name}", run="nobody")
    assert (status, error["code"]) == (404, "unknown_run")
