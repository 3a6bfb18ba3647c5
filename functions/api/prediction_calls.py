"""The views of predictions: at once, or queued and fetched when the answer is there."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from contracts.queued_prediction import QueuedPrediction
from functions.adapters import clients
from functions.adapters.runtime import PredictionError
from functions.api import calls
from functions.api.calls import content_type, json_answer, request_body
from functions.api.errors import ApiError
from functions.api.predictions import (
    Answer,
    answer_text,
    refusal,
    require_model,
)
from functions.api.queued_predictions import LaterAnswer, later_answer

POLL_SECONDS = 2
RUN_HEADER = "X-Traindrop-Run"


def predict(model: str) -> Response[str]:
    """202 and where the answer will be, of a model that answers later."""
    outcome = calls.predictor().predict(unquote(model), request_body(), content_type())
    return (
        _accepted(outcome)
        if isinstance(outcome, LaterAnswer)
        else calls.prediction(outcome)
    )


def show_prediction(model: str, prediction: str) -> Response[str]:
    """The model's answer, 202 while there is none, or 303 to a link where the API cannot carry it."""
    name = unquote(prediction)
    record = require_model(unquote(model), clients.ledger())
    queued = calls.later().find(record, name)
    try:
        body = calls.later().answer(queued)
    except PredictionError as error:
        raise refusal(record, error) from error
    if body is None:
        return _accepted(later_answer(record.model, name, queued))
    try:
        text = answer_text(record, body)
    except ApiError as error:
        if error.code != "answer_too_large":
            raise
        return _link(queued, name)
    return calls.prediction(Answer(text, queued.run, 0))


def _link(queued: QueuedPrediction, name: str) -> Response[str]:
    link = clients.link_maker().download(queued.answer_key, f"{name}.json")
    headers = {"Location": link, RUN_HEADER: queued.run}
    return json_answer({"prediction": name, "url": link}, 303, headers)


def _accepted(later: LaterAnswer) -> Response[str]:
    page: dict[str, Any] = later.page()
    headers = {
        "Location": later.reference,
        "Retry-After": str(POLL_SECONDS),
        RUN_HEADER: later.run,
    }
    return json_answer(page, 202, headers)
