"""Answers one prediction: one read of the ledger (kept for some seconds), one call of the endpoint."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from contracts.model_record import ModelRecord
from contracts.run_record import RunRecord
from deployment_modes import answers_later, body_limit_bytes, starts_cold
from functions.adapters import runtime
from functions.adapters.ledger import Ledger
from functions.adapters.runtime import Runtime
from functions.api.errors import ApiError, not_live, unknown_model
from functions.api.observation import Observer
from functions.api.queued_predictions import LaterAnswer, LaterPredictor
from functions.api.request_validation import check_request, json_body

T = TypeVar("T")
KEPT_SECONDS = 5.0
ANSWER_BYTES = 6_200_000
"""What is sure to fit into the 6,291,556 bytes of a function's answer, with its headers."""
EVENT_BODY_BYTES = 5 * 2**20
"""What is sure to fit into the 6 MB of a function's event, in which the body is a JSON text: its quotes count twice."""
_WAKE_SECONDS = 10
EVENT = b"data:"
"""What a stream of events begins with. The stock container calls it JSON."""
WRITER = "text-generation"
"""The task whose models answer chats and completions."""


@dataclass(frozen=True)
class Answer:
    """The model's JSON answer, the run whose model gave it, and how many inputs were cut at the model's limit."""

    body: str
    run: str
    truncated: int
    is_stream: bool = False
    """Whether the body is a stream of events, all of it."""


@dataclass
class Predictor:
    """Keeps model records for a few seconds; a model that was just promoted is served at most that much later."""

    ledger: Ledger
    runtime: Runtime
    wake: Callable[[ModelRecord], bool]
    """Has a sleeping model's endpoint made again; False of a model that is not asleep."""
    observer: Observer | None = None
    """Counts what predictions are like; None where nobody watches."""
    later: LaterPredictor | None = None
    """Asks models that answer later; None where there are none."""
    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, ModelRecord]] = field(default_factory=dict)

    def predict(
        self, name: str, body: str | bytes | None, content_type: str
    ) -> Answer | LaterAnswer:
        """Raises `ApiError`."""
        model = self._live(name)
        data = _bytes_within_limit(model, body)
        request = json_body(data, content_type)
        if (task := model.task) and not model.custom:
            check_request(task, request)
        if self.later and answers_later(model.mode):
            return self._ask(model, partial(self.later.send, model, data, request))
        return self._answer(model, data, request)

    def complete(self, name: str, body: str | bytes | None, request: Any) -> Answer:
        """The answer to a chat or completion of OpenAI's API, `request` being its parsed body. Raises `ApiError`."""
        model = self._live(name)
        if not writes(model):
            message = (
                f"The model {model.model!r} writes no texts: its task is {model.task}. "
                f"Call POST /models/{quote(model.model, safe='')}/predict."
            )
            raise ApiError(422, "invalid_request", message, field="model")
        if answers_later(model.mode):
            message = (
                f"The model {model.model!r} answers later ({model.mode}), which these clients cannot wait for. "
                f"Call POST /models/{quote(model.model, safe='')}/predict."
            )
            raise ApiError(422, "invalid_request", message, field="model")
        return self._answer(model, _bytes_within_limit(model, body), request)

    def forget(self, name: str) -> None:
        self._kept.pop(name, None)

    def _answer(self, model: ModelRecord, data: bytes, request: Any) -> Answer:
        prediction = self._ask(
            model, partial(self.runtime.invoke, model.endpoint, data)
        )
        streams = isinstance(request, dict) and request.get("stream") is True
        is_stream = streams and prediction.body.startswith(EVENT)
        text = answer_text(model, prediction.body, is_stream)
        if self.observer and not is_stream:
            self.observer.observe(model, request, text, prediction.run)
        truncated = _truncated(prediction.notes)
        return Answer(text, prediction.run, truncated, is_stream)

    def _live(self, name: str) -> ModelRecord:
        model = self._recent(name) or require_live(name, self.ledger)
        if not model.asleep_since:
            self._kept[name] = (self.clock(), model)
        return model

    def _recent(self, name: str) -> ModelRecord | None:
        read_time, model = self._kept.get(name, (0.0, None))
        return model if model and self.clock() - read_time < KEPT_SECONDS else None

    def _ask(self, model: ModelRecord, call: Callable[[], T]) -> T:
        """The call's result. Raises `ApiError` for a model that sleeps, and for what its endpoint answers instead."""
        if model.asleep_since and self.wake(model):
            raise _waking(model)
        try:
            return call()
        except runtime.EndpointMissingError as error:
            self._kept.clear()
            # It may have fallen asleep since the record was read, or be on its way.
            if self.wake(require_model(model.model, self.ledger)):
                raise _waking(model) from error
            raise refusal(model, error) from error
        except runtime.PredictionError as error:
            raise refusal(model, error) from error


def writes(model: ModelRecord) -> bool:
    """Whether the model may answer chats and completions: one that is served by code of its own may."""
    return bool(model.custom) or model.task == WRITER


def body_limit(model: ModelRecord) -> int:
    """The bytes of a body that the model's endpoint and the API take."""
    return min(body_limit_bytes(model.mode), EVENT_BODY_BYTES)


def _bytes_within_limit(model: ModelRecord, body: str | bytes | None) -> bytes:
    """Raises a 413 for a body larger than the model's endpoint or the API takes."""
    limit = body_limit(model)
    data = body.encode() if isinstance(body, str) else body or b""
    if len(data) > limit:
        message = (
            f"The body has {len(data):,} bytes; this model takes at most {limit:,}. "
            "Send fewer inputs at once."
        )
        raise ApiError(413, "body_too_large", message)
    return data


def answer_text(model: ModelRecord, body: bytes, is_stream: bool = False) -> str:
    """The answer, if the API can carry it: JSON, or events, within the limit of a function's answers.

    Raises `ApiError`.
    """
    try:
        text = body.decode()
        if model.custom and not is_stream:
            json.loads(text)
    except ValueError as error:
        message = (
            f"The model {model.model!r} answered with {len(body):,} bytes that are no JSON: {error}. "
            "The API carries JSON alone: let its output_fn write JSON, or call its endpoint on SageMaker itself."
        )
        raise ApiError(502, "model_error", message) from error
    size = len(json.dumps(text))
    if size > ANSWER_BYTES:
        message = (
            f"The answer of {model.model!r} has {size:,} bytes as it is sent; the API carries at most "
            f"{ANSWER_BYTES:,}. Send fewer inputs at once, or ask for less of each (top_k, pooling)."
        )
        raise ApiError(413, "answer_too_large", message)
    return text


def _truncated(notes: str) -> int:
    count = re.search(r"\btruncated=(\d+)", notes)
    return int(count[1]) if count else 0


@dataclass(frozen=True)
class Refusal:
    """What a caller is answered where an endpoint gave no prediction; `{path}` is the endpoint's in the API."""

    status: int
    code: str
    message: str
    retry_after: int | None = None


_REFUSALS: Mapping[type[runtime.PredictionError], Refusal] = {
    runtime.ModelFailedError: Refusal(
        502,
        "model_error",
        "The model {name!r} failed with {error.status}: {error.message}",
    ),
    runtime.ModelRefusedError: Refusal(
        422,
        "model_refused",
        "The model {name!r} refused the request with {error.status}: {error.message}",
    ),
    runtime.ModelAsleepError: Refusal(
        503,
        "model_waking",
        "The model {name!r} is being loaded. Ask again in some seconds.",
        _WAKE_SECONDS,
    ),
    runtime.OverloadedError: Refusal(
        503,
        "model_overloaded",
        "The model {name!r} takes no more requests at this moment. Ask again.",
        1,
    ),
    runtime.PredictionTimeoutError: Refusal(
        504,
        "model_timeout",
        "The model {name!r} did not answer in time. Send fewer or shorter inputs at once.",
    ),
    runtime.EndpointMissingError: Refusal(
        409,
        "endpoint_gone",
        "The endpoint of {name!r} is gone. Call DELETE {path} to forget it, then drop the data again.",
    ),
    runtime.EndpointNotServingError: Refusal(
        503,
        "endpoint_not_serving",
        "The endpoint of {name!r} does not serve at this moment. Ask again in some seconds.",
        _WAKE_SECONDS,
    ),
}


_STARTING = Refusal(
    503,
    "model_waking",
    "The model {name!r} did not answer in time: a serverless endpoint starts when it is called after a while. Ask "
    "again in some seconds. If it never answers in time, send fewer or shorter inputs at once.",
    _WAKE_SECONDS,
)
"""In place of `model_timeout` where the endpoint starts cold."""


_ASLEEP_RETRY_SECONDS = 30


def _waking(model: ModelRecord) -> ApiError:
    path = f"/models/{quote(model.model, safe='')}"
    message = (
        f"The model {model.model!r} was asleep. Its endpoint is being made again, which takes some minutes. "
        f"Ask again; GET {path} says its status."
    )
    return ApiError(503, "model_waking", message, retry_after=_ASLEEP_RETRY_SECONDS)


def refusal(model: ModelRecord, error: runtime.PredictionError) -> ApiError:
    """What a caller is answered where the model gave no prediction."""
    is_late = isinstance(error, runtime.PredictionTimeoutError)
    answer = (
        _STARTING if is_late and starts_cold(model.mode) else _REFUSALS[type(error)]
    )
    name = model.model
    path = f"/models/{quote(name, safe='')}/endpoint"
    message = answer.message.format(name=name, error=error, path=path)
    model_status = error.status if isinstance(error, runtime.ModelFailedError) else None
    return ApiError(
        answer.status,
        answer.code,
        message,
        retry_after=answer.retry_after,
        model_status=model_status,
    )


def require_model(name: str, ledger: Ledger) -> ModelRecord:
    """The model of this name as it came, or URL-decoded; raises a 404 with the nearest name."""
    for candidate in dict.fromkeys((name, unquote(name))):
        if model := ledger.find_model(candidate):
            return model
    raise unknown_model(unquote(name), [model.model for model in ledger.models()])


def require_live(name: str, ledger: Ledger) -> ModelRecord:
    """The same of a model that is live, asleep or not; raises a 409 of any other."""
    model = require_model(name, ledger)
    if not model.champion:
        raise not_live(model.model, latest_run(model, ledger))
    return model


def latest_run(model: ModelRecord, ledger: Ledger) -> RunRecord | None:
    """The run in progress, or the last one."""
    active = ledger.find_run(model.active_run) if model.active_run else None
    return active or next(iter(ledger.runs(limit=1, model=model.model)), None)
