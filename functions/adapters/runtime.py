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

from functions.adapters.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

_MISSING = re.compile(r"not found|could not find|does not exist", re.IGNORECASE)
_JSON = "application/json"
_TIMED_OUT = re.compile(r"timed out while waiting for a response", re.IGNORECASE)
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
            raise _meaning(error) from error

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
        # A variant is called as its run (functions/deploy/requests.py).
        return Prediction(answer["Body"].read(), answer["InvokedProductionVariant"])


def _meaning(error: ClientError) -> PredictionError:
    code, message = (
        error.response["Error"].get("Code", ""),
        error.response["Error"].get("Message", ""),
    )
    if code == "ModelError":
        status = int(error.response.get("OriginalStatusCode", 500))  # type: ignore[call-overload]
        text = _sentence(str(error.response.get("OriginalMessage") or message))
        if _TIMED_OUT.search(text):
            return PredictionTimeoutError(text)
        return (
            OverloadedError(text) if status in _SHED else ModelFailedError(status, text)
        )
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


def _sentence(message: str) -> str:
    """The text inside a container's JSON error, or the message as it is."""
    try:
        answer = json.loads(message)
    except ValueError:
        return message
    if isinstance(answer, dict):
        inner = answer.get("error", answer)
        text = inner.get("message") if isinstance(inner, dict) else inner
        return str(text or message)
    return message
