"""Predictions of models that answer later: the request is queued, and its answer asked for until it is there."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from contracts.model_record import ModelRecord
from contracts.queued_prediction import QueuedPrediction
from deployment_modes import find_mode
from functions.adapters.ledger import Ledger, utc_now
from functions.api.errors import ApiError

if TYPE_CHECKING:
    from functions.adapters.prediction_queue import PredictionQueue

_NAME = re.compile(r"[0-9a-f]{32}")
MAX_WAIT = timedelta(hours=8)
"""SageMaker drops what has waited in the queue for six hours, and gives a model one hour."""


@dataclass(frozen=True)
class LaterAnswer:
    """A request that is in the queue of its model's endpoint; `prediction` is its name in the API."""

    prediction: str
    model: str
    run: str
    accept_time: str

    @property
    def reference(self) -> str:
        """Where the answer will be, from the address of `predict`: who calls knows the API's address, not this code."""
        return f"predictions/{self.prediction}"

    @property
    def path(self) -> str:
        """The same below the API's address."""
        return f"/models/{quote(self.model, safe='')}/{self.reference}"

    def page(self) -> dict[str, Any]:
        return {
            "prediction": self.prediction,
            "status": "queued",
            "model": self.model,
            "run": self.run,
            "at": self.accept_time,
            "path": self.path,
        }


def later_answer(model: str, prediction: str, queued: QueuedPrediction) -> LaterAnswer:
    return LaterAnswer(prediction, model, queued.run, queued.at)


@dataclass(frozen=True)
class LaterPredictor:
    """`queue` is made only where a model answers later."""

    ledger: Ledger
    queue: Callable[[], PredictionQueue]
    now: Callable[[], datetime] = utc_now

    def send(self, model: ModelRecord, data: bytes, request: Any) -> LaterAnswer:
        """Raises `ApiError` for a request that wants a stream, and a `PredictionError` where the queue is closed."""
        if isinstance(request, dict) and request.get("stream") is True:
            message = (
                f"stream: expected no stream from {model.model!r}, which answers later ({model.mode}); found true. "
                "Remove it."
            )
            raise ApiError(422, "invalid_request", message, field="stream")
        run, name = model.champion or "", uuid.uuid4().hex
        deployment = self.ledger.get_run(run).deployment
        seconds = find_mode(deployment.mode).answer_seconds(deployment.settings)
        queued = self.queue().send(model.endpoint, run, name, data, seconds)
        return LaterAnswer(f"{run}-{name}", model.model, run, queued.at)

    def find(self, model: ModelRecord, prediction: str) -> QueuedPrediction:
        """Raises a 404 where the model was sent no such request, or it has expired."""
        run, _, name = prediction.rpartition("-")
        record = self.ledger.find_run(run) if _NAME.fullmatch(name) else None
        is_own = record is not None and record.model == model.model
        queued = self.queue().find(run, name) if is_own else None
        if queued is None:
            message = (
                f"There is no prediction {prediction!r} of the model {model.model!r}. It was never asked for, or its "
                f"answer has expired. Ask again: POST /models/{quote(model.model, safe='')}/predict."
            )
            raise ApiError(404, "unknown_prediction", message)
        return queued

    def answer(self, queued: QueuedPrediction) -> bytes | None:
        """The model's answer; None while it may still come. Raises a `PredictionError` or an `ApiError`."""
        answer = self.queue().answer(queued)
        waited = self.now() - datetime.fromisoformat(queued.at)
        if answer is None and waited > MAX_WAIT:
            message = (
                f"The request of {queued.at} was never answered: SageMaker drops what waits for six hours, and what "
                "waits for an endpoint that is deleted. Ask again."
            )
            raise ApiError(504, "prediction_lost", message)
        return answer
