"""Predictions that are asked for now and answered later: one call to an asynchronous endpoint, files in the bucket.

`run` is the run that an endpoint serves, `prediction` the name of one request to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from contracts import locations
from contracts.queued_prediction import QueuedPrediction
from functions.adapters.errors import translated
from functions.adapters.ledger_table import utc_now
from functions.adapters.runtime import (
    OverloadedError,
    PredictionError,
    failure_of_text,
    meaning,
)
from functions.adapters.storage import Storage

if TYPE_CHECKING:
    from mypy_boto3_sagemaker_runtime import SageMakerRuntimeClient

_JSON = "application/json"


class StillQueuedError(PredictionError):
    """The answer is not there yet."""


@translated
@dataclass(frozen=True)
class PredictionQueue:
    """Sends requests to asynchronous endpoints, and looks for their answers."""

    client: SageMakerRuntimeClient
    storage: Storage
    now: Callable[[], datetime] = utc_now

    def send(
        self,
        endpoint: str,
        run: str,
        prediction: str,
        body: bytes,
        answer_seconds: int,
    ) -> QueuedPrediction:
        """Raises a `PredictionError` where the endpoint does not take the request."""
        key = locations.prediction_request_key(run, prediction)
        self.storage.put_bytes(key, body, _JSON)
        taken = self._invoke(endpoint, self.storage.uri(key), answer_seconds)
        queued = QueuedPrediction(
            run=run,
            at=self.now().isoformat(timespec="milliseconds"),
            answer_key=self._key(taken["OutputLocation"]),
            failure_key=self._key(taken["FailureLocation"]),
            answer_seconds=answer_seconds,
        )
        self.storage.write_json(
            locations.prediction_key(run, prediction), queued.write()
        )
        return queued

    def _invoke(self, endpoint: str, uri: str, answer_seconds: int) -> Any:
        try:
            return self.client.invoke_endpoint_async(
                EndpointName=endpoint,
                ContentType=_JSON,
                Accept=_JSON,
                InputLocation=uri,
                InvocationTimeoutSeconds=answer_seconds,
            )
        except (ConnectionError, HTTPClientError) as error:
            raise OverloadedError("the endpoint could not be reached") from error
        except ClientError as error:
            raise meaning(error) from error

    def _key(self, uri: str) -> str:
        """The key of an address in the data bucket. Raises `PredictionError` for one elsewhere."""
        root = self.storage.uri("")
        if not uri.startswith(root):
            raise PredictionError(
                f"expected answers below {root}; found {uri}. Deploy the model again."
            )
        return uri.removeprefix(root)

    def find(self, run: str, prediction: str) -> QueuedPrediction | None:
        """None where no such request was taken, or its record has expired."""
        key = locations.prediction_key(run, prediction)
        if not self.storage.exists(key):
            return None
        return self.storage.read_document(key, QueuedPrediction)

    def answer(self, queued: QueuedPrediction) -> bytes | None:
        """The model's answer; None while there is none. Raises a `PredictionError` where there will be none."""
        if self.storage.exists(queued.answer_key):
            return self.storage.read_bytes(queued.answer_key)
        if self.storage.exists(queued.failure_key):
            raise self._failure(queued)
        return None

    def _failure(self, queued: QueuedPrediction) -> PredictionError:
        text = self.storage.read_bytes(queued.failure_key).decode("utf-8", "replace")
        return failure_of_text(text)
