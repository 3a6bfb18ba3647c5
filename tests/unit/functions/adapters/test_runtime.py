from __future__ import annotations

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.response import StreamingBody

from functions.adapters import runtime as predictions
from functions.adapters.errors import RefusedError
from functions.adapters.runtime import Prediction, Runtime
from tests.unit.functions.adapters.stubs import StubbedClient


@pytest.fixture
def runtime() -> StubbedClient:
    return StubbedClient("sagemaker-runtime")


def fail_in_model(runtime: StubbedClient, status: int, message: str) -> None:
    """The model's container answers the next call so."""
    runtime.refuses(
        "invoke_endpoint",
        "ModelError",
        "m",
        424,
        OriginalStatusCode=status,
        OriginalMessage=message,
    )


@pytest.mark.parametrize(
    ("variant", "notes", "run"),
    [
        ("run-1", "truncated=1", "run-1"),
        ("release", "truncated=1; run=run-1", "run-1"),
        ("release", "truncated=1", ""),
    ],
    ids=["variant", "header", "nowhere"],
)
def test_a_prediction_is_the_models_body_and_names_its_run(
    runtime: StubbedClient, variant: str, notes: str, run: str
) -> None:
    body = StreamingBody(io.BytesIO(b'[{"label": "a"}]'), 16)
    expected = {
        "EndpointName": "e",
        "ContentType": "application/json",
        "Accept": "application/json",
        "Body": b"{}",
    }
    answer = {
        "Body": body,
        "InvokedProductionVariant": variant,
        "CustomAttributes": notes,
    }
    runtime.answers("invoke_endpoint", answer, expected)
    prediction = Runtime(runtime.client).invoke("e", b"{}")
    assert prediction == Prediction(b'[{"label": "a"}]', run, notes)


@pytest.mark.parametrize(
    ("code", "message", "status", "error"),
    [
        ("ModelNotReadyException", "loading", 429, predictions.ModelAsleepError),
        ("ThrottlingException", "Rate exceeded", 400, predictions.OverloadedError),
        ("ServiceUnavailable", "busy", 503, predictions.OverloadedError),
        ("InternalDependencyException", "x", 530, predictions.OverloadedError),
        (
            "ValidationError",
            "Endpoint e of account 1 not found.",
            400,
            predictions.EndpointMissingError,
        ),
        (
            "ValidationError",
            "Endpoint e is Creating",
            400,
            predictions.EndpointNotServingError,
        ),
        ("AccessDeniedException", "no", 403, RefusedError),
    ],
)
def test_refusals_have_their_meaning(
    runtime: StubbedClient, code: str, message: str, status: int, error: type[Exception]
) -> None:
    runtime.refuses("invoke_endpoint", code, message, status)
    with pytest.raises(error):
        Runtime(runtime.client).invoke("e", b"{}")


@pytest.mark.parametrize(
    ("status", "text", "output"),
    [
        (
            500,
            '{"code":500,"type":"InternalServerException","message":"Worker died."}',
            "Worker died.",
        ),
        (400, '{"error": {"message": "too long"}}', "too long"),
        (422, '{"error": "no text"}', "no text"),
        (500, "plain", "plain"),
        (500, "[1]", "[1]"),
    ],
)
def test_a_models_error_keeps_its_status_and_message(
    runtime: StubbedClient, status: int, text: str, output: str
) -> None:
    fail_in_model(runtime, status, text)
    with pytest.raises(predictions.ModelFailedError) as failed:
        Runtime(runtime.client).invoke("e", b"{}")
    assert (failed.value.status, failed.value.message) == (status, output)


FIELD = "inputs: expected a text with [MASK] in it; found 'x'. Write [MASK]."


@pytest.mark.parametrize(
    ("status", "kind", "message", "error"),
    [
        (422, "InvalidRequest", FIELD, predictions.ModelRefusedError),
        (413, "BodyTooLarge", "expected less", predictions.ModelRefusedError),
        (
            400,
            "InternalServerException",
            f"{FIELD} : 400",
            predictions.ModelRefusedError,
        ),
        (
            400,
            "InternalServerException",
            "parameters.top_k: expected 1; found 2.",
            predictions.ModelRefusedError,
        ),
        (400, "InternalServerException", "CUDA error", predictions.ModelFailedError),
        (500, "ModelError", FIELD, predictions.ModelFailedError),
    ],
)
def test_a_request_at_fault_is_told_from_a_model_that_failed(
    runtime: StubbedClient,
    status: int,
    kind: str,
    message: str,
    error: type[predictions.PredictionError],
) -> None:
    text = json.dumps({"code": status, "type": kind, "message": message})
    fail_in_model(runtime, status, text)
    with pytest.raises(predictions.PredictionError) as failed:
        Runtime(runtime.client).invoke("e", b"{}")
    assert type(failed.value) is error


def test_sagemakers_own_time_limit_is_a_timeout(runtime: StubbedClient) -> None:
    text = (
        "Your invocation timed out while waiting for a response from container primary."
    )
    runtime.refuses(
        "invoke_endpoint",
        "ModelError",
        text,
        424,
        OriginalStatusCode=0,
        OriginalMessage=text,
    )
    with pytest.raises(predictions.PredictionTimeoutError):
        Runtime(runtime.client).invoke("e", b"{}")


@pytest.mark.parametrize("status", [429, 503])
def test_a_model_that_sheds_load_is_overloaded(
    runtime: StubbedClient, status: int
) -> None:
    runtime.refuses(
        "invoke_endpoint",
        "ModelError",
        "m",
        424,
        OriginalStatusCode=status,
        OriginalMessage="full",
    )
    with pytest.raises(predictions.OverloadedError, match="full"):
        Runtime(runtime.client).invoke("e", b"{}")


class Failing:
    """A client whose calls fail before there is an answer."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def invoke_endpoint(self, **_: Any) -> dict[str, Any]:
        if self.errors:
            raise self.errors.pop(0)
        return {"Body": io.BytesIO(b"{}"), "InvokedProductionVariant": "run-1"}


def test_no_answer_in_time_is_a_timeout_and_not_asked_again() -> None:
    client: Any = Failing(ReadTimeoutError(endpoint_url="u"))
    with pytest.raises(predictions.PredictionTimeoutError):
        Runtime(client).invoke("e", b"{}")


def test_a_connection_that_was_closed_is_opened_again_once() -> None:
    once: Any = Failing(ConnectionClosedError(endpoint_url="u"))
    assert Runtime(once).invoke("e", b"{}").body == b"{}"
    twice: Any = Failing(
        ConnectionClosedError(endpoint_url="u"), ConnectionClosedError(endpoint_url="u")
    )
    with pytest.raises(predictions.OverloadedError, match="could not be reached"):
        Runtime(twice).invoke("e", b"{}")
