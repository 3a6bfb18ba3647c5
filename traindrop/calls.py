"""Every call of the API as data: what is sent, and how its answer is read. Nothing here sends anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from contracts.costs import MonthCosts
from contracts.documents import ContractError, Record
from contracts.run_record import RunRecord
from traindrop.errors import ApiError, UnreadableAnswerError
from traindrop.results import (
    Batch,
    ModelLine,
    ModelPage,
    Prediction,
    Release,
    RunLine,
)

T = TypeVar("T")
R = TypeVar("R", bound=Record)
SHOWN_CHARACTERS = 300
ACCEPTED, SEE_OTHER = 202, 303
RUN_HEADER = "x-traindrop-run"
_OPENAI_MEMBERS = frozenset({"type", "param"})
"""Members of errors that only clients of OpenAI's API read."""
DOCUMENTS = ("report", "card", "mistakes", "label_errors")
"""What `document` can be called with."""


@dataclass(frozen=True)
class Answer:
    """An HTTP response; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise UnreadableAnswerError(
                f"expected JSON from the API; found {self.text[:SHOWN_CHARACTERS]!r}. Check the API's URL."
            ) from error


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request. `path` is below the API's URL; `read` makes the result of an answer that is no error."""

    method: str
    path: str
    read: Callable[[Answer], T]
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    """For JSON; None sends none."""
    is_repeatable: bool = False
    """Whether it may be sent again after 429, 503 or a broken connection: it changes nothing."""
    next_call: Callable[[Answer], Call[T] | None] | None = None
    """The call that has the result where this answer has none yet; None of an answer that has it."""
    pause_seconds: float = 0.0
    """How long to wait before it is sent."""
    is_link: bool = False
    """Whether `path` is an address of its own, which must not see the API's key."""

    def after(self, answer: Answer) -> Call[T] | None:
        return self.next_call(answer) if self.next_call else None


def read_answer(call: Call[T], answer: Answer) -> T:
    """The call's result. Raises `ApiError` or `UnreadableAnswerError`."""
    if answer.status >= 300:
        raise _error(answer)
    try:
        return call.read(answer)
    except (ContractError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableAnswerError(
            f"expected an answer that this version of the client can read; found another ({error}). "
            "Install the version of Traindrop that the stack has."
        ) from error


def _error(answer: Answer) -> ApiError:
    """Also of what a proxy or the gateway answers in place of the API."""
    seconds = _retry_seconds(answer)
    try:
        error = dict(json.loads(answer.text)["error"])
        code, message = str(error.pop("code")), str(error.pop("message"))
        details = {name: error[name] for name in error if name not in _OPENAI_MEMBERS}
    except (ValueError, KeyError, TypeError):
        shown = answer.text[:SHOWN_CHARACTERS]
        message = f"The API answered {answer.status}: {shown}. Check its URL."
        return ApiError(answer.status, "unknown", message, seconds)
    return ApiError(answer.status, code, message, seconds, details)


def _retry_seconds(answer: Answer) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def _path(*names: str) -> str:
    return "".join(f"/{quote(name, safe='')}" for name in names)


def _read(record: type[R], answer: Answer) -> R:
    return record.read(answer.json())


def _read_list(record: type[R], name: str, answer: Answer) -> tuple[R, ...]:
    return tuple(record.read(item) for item in answer.json()[name])


def _text(answer: Answer) -> str:
    return answer.text


def _json(answer: Answer) -> Any:
    return answer.json()


def _get(
    path: str, read: Callable[[Answer], T], parameters: Mapping[str, Any] | None = None
) -> Call[T]:
    """Parameters without a value are left out."""
    sent = {
        name: str(value)
        for name, value in (parameters or {}).items()
        if value is not None
    }
    return Call("GET", path, read, sent, is_repeatable=True)


# ---- predictions ---------------------------------------------------------------------------------------------------


def predict(
    model: str, inputs: Any, parameters: Mapping[str, Any] | None
) -> Call[Prediction]:
    body = {"inputs": inputs} | ({"parameters": dict(parameters)} if parameters else {})
    return send_request(model, body)


def send_request(model: str, body: Any) -> Call[Prediction]:
    """As `predict`, with the whole body: code of a model's own may take any JSON."""
    path = _path("models", model, "predict")
    return Call(
        "POST",
        path,
        _prediction,
        body=body,
        is_repeatable=True,
        next_call=_answer_of_queue,
    )


def queued_prediction(path: str, pause_seconds: float = 0.0) -> Call[Prediction]:
    """The answer of a model that answers later; `path` is what its queue named."""
    return Call(
        "GET",
        path,
        _prediction,
        is_repeatable=True,
        next_call=_answer_of_queue,
        pause_seconds=pause_seconds,
    )


def _answer_of_queue(answer: Answer) -> Call[Prediction] | None:
    """A model that answers later: 202 while its answer is not there, 303 where it is too large for the API."""
    if answer.status == ACCEPTED:
        pause = _retry_seconds(answer) or 1.0
        return queued_prediction(answer.json()["path"], pause)
    if answer.status == SEE_OTHER:
        run = answer.headers.get(RUN_HEADER, "")
        read = partial(_linked_prediction, run)
        return Call("GET", answer.headers["location"], read, is_link=True)
    return None


def _linked_prediction(run: str, answer: Answer) -> Prediction:
    return Prediction(answer.json(), run)


def _prediction(answer: Answer) -> Prediction:
    headers = answer.headers
    return Prediction(
        answer.json(),
        headers.get(RUN_HEADER, ""),
        int(headers.get("x-traindrop-truncated", 0)),
    )


def create_batch(
    model: str, input_uri: str | None, parameters: Mapping[str, Any] | None
) -> Call[Batch]:
    body: dict[str, Any] = {"input": input_uri} if input_uri else {}
    if parameters:
        body["parameters"] = dict(parameters)
    path = _path("models", model, "batch")
    return Call("POST", path, partial(_read, Batch), body=body)


def batches(model: str, limit: int | None) -> Call[tuple[Batch, ...]]:
    read = partial(_read_list, Batch, "batches")
    return _get(_path("models", model, "batch"), read, {"limit": limit})


def batch(model: str, name: str) -> Call[Batch]:
    return _get(_path("models", model, "batch", name), partial(_read, Batch))


def change_batch(model: str, batch: str, action: str) -> Call[Batch]:
    """`action` is `start` or `stop`."""
    path = _path("models", model, "batch", batch, action)
    return Call("POST", path, partial(_read, Batch))


# ---- what there is -------------------------------------------------------------------------------------------------


def models() -> Call[tuple[ModelLine, ...]]:
    return _get("/models", partial(_read_list, ModelLine, "models"))


def model(name: str) -> Call[ModelPage]:
    return _get(_path("models", name), partial(_read, ModelPage))


def releases(model: str, limit: int | None) -> Call[tuple[Release, ...]]:
    read = partial(_read_list, Release, "releases")
    return _get(_path("models", model, "releases"), read, {"limit": limit})


def runs(model: str | None, limit: int | None) -> Call[tuple[RunLine, ...]]:
    parameters = {"model": model, "limit": limit}
    return _get("/runs", partial(_read_list, RunLine, "runs"), parameters)


def run(name: str) -> Call[RunRecord]:
    return _get(_path("runs", name), partial(_read, RunRecord))


def document(run: str, name: str) -> Call[str]:
    """`name` is one of `DOCUMENTS`."""
    return _get(_path("runs", run, name), _text)


def costs(month: str | None) -> Call[MonthCosts]:
    return _get("/costs", partial(_read, MonthCosts), {"month": month})


# ---- decisions -----------------------------------------------------------------------------------------------------


def rollback(model: str, run: str | None, accept_label_change: bool) -> Call[RunRecord]:
    return _release(_path("models", model, "rollback"), run, accept_label_change)


def promote(model: str, run: str, accept_label_change: bool) -> Call[RunRecord]:
    return _release(_path("models", model, "promote"), run, accept_label_change)


def approve(run: str, accept_label_change: bool) -> Call[RunRecord]:
    return _release(_path("runs", run, "approve"), None, accept_label_change)


def _release(path: str, run: str | None, accept_label_change: bool) -> Call[RunRecord]:
    body: dict[str, Any] = {"run": run} if run else {}
    if accept_label_change:
        body["accept_label_change"] = True
    return Call("POST", path, partial(_read, RunRecord), body=body)


def change_run(run: str, action: str) -> Call[RunRecord]:
    """`action` is `reject`, `stop` or `retry`."""
    return Call("POST", _path("runs", run, action), partial(_read, RunRecord))


def sleep(model: str) -> Call[ModelPage]:
    return Call("POST", _path("models", model, "sleep"), partial(_read, ModelPage))


def wake(model: str) -> Call[bool]:
    """Whether an endpoint is on its way."""
    return Call("POST", _path("models", model, "wake"), _is_waking)


def _is_waking(answer: Answer) -> bool:
    return bool(answer.json()["waking"])


# ---- deletions -----------------------------------------------------------------------------------------------------


def delete_model(model: str) -> Call[Any]:
    return Call("DELETE", _path("models", model), _json)


def delete_batch(model: str, batch: str) -> Call[Any]:
    return Call("DELETE", _path("models", model, "batch", batch), _json)


def delete_endpoint(model: str) -> Call[Any]:
    return Call("DELETE", _path("models", model, "endpoint"), _json)


def delete_release(model: str, run: str) -> Call[RunRecord]:
    path = _path("models", model, "releases", run)
    return Call("DELETE", path, partial(_read, RunRecord))


def delete_data(run: str) -> Call[RunRecord]:
    return Call("DELETE", _path("runs", run, "data"), partial(_read, RunRecord))
