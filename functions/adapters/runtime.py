"""Predictions: one call to a SageMaker endpoint, and what its refusals mean."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)

from contracts.answering_run import SHARED_VARIANT, run_of
from functions.adapters.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

_MISSING = re.compile(r"not found|could not find|does not exist", re.IGNORECASE)
_JSON = "application/json"
_TIMED_OUT = re.compile(r"timed out while waiting for a response", re.IGNORECASE)
_FAILURE = re.compile(
    r"Received \w+ error \((?P<status>\d+)\) from \S+ with message \"(?P<message>.*)\"\.? See ",
    re.DOTALL,
)
_ANY_FAILURE = "InternalServerException"
_NAMES_FIELD = re.compile(r"(inputs|parameters)\b\S*: expected .+; found ", re.DOTALL)
"""How Traindrop's predictors say what is wrong with a request."""
_WAKING = frozenset({"ModelNotReadyException"})
_OVERLOADED = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "TooManyRequestsException",
    }
)
_SHED = frozenset({429, 503})


class PredictionError(RuntimeError):
    """The endpoint gave no prediction."""


class ModelFailedError(PredictionError):
    """The model's container answered with an error of its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"the model answered {status}: {message}")
        self.status = status
        self.message = message


class ModelRefusedError(ModelFailedError):
    """The model says that the request is at fault."""


class ModelAsleepError(PredictionError):
    """The model is being loaded; asking again in a few seconds helps."""


class OverloadedError(PredictionError):
    """More requests than the endpoint takes at once."""


class EndpointMissingError(PredictionError):
    """There is no such endpoint."""


class EndpointNotServingError(PredictionError):
    """The endpoint is there, but not in service."""


class PredictionTimeoutError(PredictionError):
    """No answer in time."""


@dataclass(frozen=True)
class Prediction:
    """The model's JSON answer, and the run whose model gave it."""

    body: bytes
    run: str
    """Empty where the container should name it and does not."""
    notes: str = ""
    """What the container says of the answer in the header that SageMaker passes on, such as `truncated=1`."""


@translated
class Runtime:
    """Sends bodies to endpoints; raises a `PredictionError` for every answer that is not a prediction."""

    def __init__(self, client: SageMakerRuntimeClient) -> None:
        self._client = client

    def invoke(self, endpoint: str, body: bytes) -> Prediction:
        """The model's answer to a JSON body."""
        try:
            return self._send(endpoint, body)
        except ReadTimeoutError as error:
            raise PredictionTimeoutError("the model did not answer in time") from error
        except (ConnectionError, HTTPClientError) as error:
            raise OverloadedError("the endpoint could not be reached") from error
        except ClientError as error:
            raise meaning(error) from error

    def _send(self, endpoint: str, body: bytes) -> Prediction:
        request = {
            "EndpointName": endpoint,
            "ContentType": _JSON,
            "Accept": _JSON,
            "Body": body,
        }
        try:
            answer = self._client.invoke_endpoint(**request)  # type: ignore[arg-type]
        except ConnectionClosedError:
            # A connection kept open while the function was frozen may have been closed meanwhile.
            answer = self._client.invoke_endpoint(**request)  # type: ignore[arg-type]
        notes = answer.get("CustomAttributes") or ""
        run = _answering_run(answer["InvokedProductionVariant"], notes)
        return Prediction(answer["Body"].read(), run, notes)


def _answering_run(variant: str, notes: str) -> str:
    """A variant is called as its run, unless several releases share it."""
    return run_of(notes) if variant == SHARED_VARIANT else variant


def meaning(error: ClientError) -> PredictionError:
    """What SageMaker's refusal means to the caller; raises the error itself where that is not known."""
    code, message = (
        error.response["Error"].get("Code", ""),
        error.response["Error"].get("Message", ""),
    )
    if code == "ModelError":
        return _of_container(error, message)
    if code in _WAKING:
        return ModelAsleepError(message)
    if (
        code in _OVERLOADED
        or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    ):
        return OverloadedError(message)
    if code in {"ValidationError", "ValidationException"}:
        return (
            EndpointMissingError(message)
            if _MISSING.search(message)
            else EndpointNotServingError(message)
        )
    raise error


def _of_container(error: ClientError, message: str) -> PredictionError:
    """The meaning of what the model's container answered."""
    status = int(error.response.get("OriginalStatusCode", 500))  # type: ignore[call-overload]
    return _container_failure(
        status, str(error.response.get("OriginalMessage") or message)
    )


def failure_of_text(text: str) -> PredictionError:
    """What the failure of a request means that an asynchronous endpoint left in S3.

    It is SageMaker's sentence, or the container's own answer without its status; which of them on AWS is not verified.
    """
    match = _FAILURE.search(text)
    if match:
        return _container_failure(int(match["status"]), match["message"])
    is_refused = _NAMES_FIELD.match(_sentence(text)) is not None
    return _container_failure(400 if is_refused else 500, text.strip())


def _container_failure(status: int, original: str) -> PredictionError:
    text = _sentence(original)
    if _TIMED_OUT.search(text):
        return PredictionTimeoutError(text)
    if status in _SHED:
        return OverloadedError(text)
    if _is_refusal(status, _field(original, "type"), text):
        return ModelRefusedError(status, text)
    return ModelFailedError(status, text)


def _is_refusal(status: int, kind: str, text: str) -> bool:
    """Whether the request is at fault. The stock container says 400 of whatever fails: there the sentence tells it."""
    is_callers = 400 <= status < 500
    return is_callers and (kind != _ANY_FAILURE or _NAMES_FIELD.match(text) is not None)


def _sentence(message: str) -> str:
    """The text inside a container's JSON error, or the message as it is."""
    return _field(message, "message") or message


def _field(message: str, name: str) -> str:
    """A field of a container's JSON error, the whole error where it is a text; empty where there is none."""
    try:
        answer = json.loads(message)
    except ValueError:
        return ""
    if not isinstance(answer, dict):
        return ""
    inner = answer.get("error", answer)
    text = inner.get(name) if isinstance(inner, dict) else inner
    return str(text or "")
