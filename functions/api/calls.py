"""What every view of the API needs: the call as it came, and answers of JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import cast
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from contracts.model_record import ModelRecord
from contracts.run_record import RunRecord
from functions.adapters import clients
from functions.api.errors import ApiError, unknown_run
from functions.api.observation import Observer
from functions.api.predictions import Answer, Predictor
from functions.api.queued_predictions import LaterPredictor
from functions.costs import factories
from functions.costs.booking import Booker
from functions.releases.sleeper import Sleeper

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
EVENT_STREAM = "text/event-stream"

app = APIGatewayRestResolver()


@cache
def predictor() -> Predictor:
    percent = clients.settings().drift_sample_percent
    observer = Observer(percent, clients.answer_counts) if percent else None
    return Predictor(clients.ledger(), clients.runtime(), wake, observer, later())


@cache
def later() -> LaterPredictor:
    return LaterPredictor(clients.ledger(), clients.prediction_queue)


def wake(model: ModelRecord) -> bool:
    return sleeper().wake(model)


def sleeper() -> Sleeper:
    return Sleeper(clients.ledger(), clients.sagemaker(), clients.settings().stack)


def json_answer(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[str]:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    sent: dict[str, str | list[str]] = {**(headers or {})}
    return Response(status, JSON, text, headers=sent)


def prediction(answer: Answer) -> Response[str]:
    """A model's answer; a stream of events comes whole, because functions in Python send nothing piece by piece."""
    headers: dict[str, str | list[str]] = {"X-Traindrop-Run": answer.run}
    if answer.truncated:
        headers["X-Traindrop-Truncated"] = str(answer.truncated)
    media = EVENT_STREAM if answer.is_stream else JSON
    return Response(200, media, answer.body, headers=headers)


def error_answer(error: ApiError) -> Response[str]:
    text = json.dumps(error.document(request_id()), ensure_ascii=False)
    headers = cast("dict[str, str | list[str]]", error.headers())
    return Response(error.status, PROBLEM_JSON, text, headers=headers)


def request_id() -> str:
    """API Gateway's, which its own answers and the function's log have too."""
    return str(app.current_event.request_context.request_id)


def request_body() -> str | bytes | None:
    event = app.current_event
    return (
        base64.b64decode(event.body)
        if event.body and event.is_base64_encoded
        else event.body
    )


def require_run(run: str) -> RunRecord:
    record = clients.ledger().find_run(unquote(run))
    if record is None:
        raise unknown_run(unquote(run))
    return record


@contextmanager
def booked_endpoint(model: ModelRecord) -> Iterator[None]:
    """Books what an endpoint has cost that is deleted inside, also one that no sweep has seen in service yet."""

    def look(booker: Booker) -> None:
        booker.look_at_endpoint(model.endpoint, model.model, model.champion or "")

    factories.book_promptly(look)
    yield
    factories.book_promptly(look)


def content_type() -> str:
    return str((app.current_event.headers or {}).get("content-type", ""))


def query() -> dict[str, str]:
    return app.current_event.query_string_parameters or {}


def server_url(path: str) -> str:
    """Where the API is, for a call of `path`; behind a proxy that names it otherwise, relative to that path."""
    context = app.current_event.request_context
    host = (app.current_event.headers or {}).get("host")
    if not host or host != context.domain_name:
        return "."
    return f"https://{host}{str(context.path).removesuffix(path)}"
