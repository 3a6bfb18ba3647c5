"""The routes of the HTTP API. Each view reads the call, asks the room that knows, and answers JSON or a document."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from contracts import locations
from contracts.report_state import with_state
from contracts.run_record import ModelRecord, RunRecord, RunStatus
from functions.adapters import clients
from functions.adapters.errors import TransientError
from functions.api.endpoints import delete_endpoint, require_gone
from functions.api.errors import (
    ApiError,
    claimed_meanwhile,
    live_release,
    no_document,
    not_done,
    still_in_progress,
    unknown_run,
)
from functions.api.predictions import Predictor, require_model
from functions.api.release_requests import promotion_request, without_run
from functions.api.rights import Right, restricted
from functions.api.views import (
    model_line,
    model_page,
    release_lines,
    run_line,
    run_page,
)
from functions.common.documents import CONTENT_TYPES, DOCUMENT_FILES
from functions.common.lambda_handler import logger
from functions.common.names import stack_prefix
from functions.releases.deletion import ModelDeletion
from functions.releases.promoter import Promoter
from functions.releases.removal import Remover
from functions.retry.decisions import Refusal
from functions.retry.retry import Retrier
from functions.retry.stop import Stopper

if TYPE_CHECKING:
    # Loaded with boto3's S3 client only where a document is read: most calls of the API need neither.
    from functions.adapters.storage import Storage

JSON = "application/json"
DOCUMENT_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"
}
"""Nothing in a document is run or fetched, whoever wrote it."""
DEFAULT_RUN_COUNT, MAX_RUN_COUNT = 50, 200
MAX_LIMIT_DIGITS = 10
AWS_RETRY_SECONDS = 5

app = APIGatewayRestResolver()


@cache
def predictor() -> Predictor:
    return Predictor(clients.ledger(), clients.runtime())


def _json(
    body: object, status: int = 200, headers: dict[str, str] | None = None
) -> Response[str]:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Response(
        status, JSON, text, headers=cast("dict[str, str | list[str]] | None", headers)
    )


def _error(error: ApiError) -> Response[str]:
    return _json(error.body(), error.status, error.headers())


def _request_body() -> str | bytes | None:
    event = app.current_event
    return (
        base64.b64decode(event.body)
        if event.body and event.is_base64_encoded
        else event.body
    )


def _require_run(run: str) -> RunRecord:
    record = clients.ledger().find_run(unquote(run))
    if record is None:
        raise unknown_run(unquote(run))
    return record


def _content_type() -> str:
    return str((app.current_event.headers or {}).get("content-type", ""))


def predict(model: str) -> Response[str]:
    answer, run = predictor().predict(unquote(model), _request_body(), _content_type())
    return _json(answer, headers={"X-Traindrop-Run": run})


def list_models() -> Response[str]:
    statuses = clients.sagemaker().endpoint_statuses(
        stack_prefix(clients.settings().stack)
    )
    return _json(
        {"models": [model_line(model, statuses) for model in clients.ledger().models()]}
    )


def show_model(model: str) -> Response[str]:
    ledger = clients.ledger()
    record = require_model(unquote(model), ledger)
    champion = ledger.find_run(record.champion) if record.champion else None
    active = ledger.find_run(record.active_run) if record.active_run else None
    return _json(
        model_page(
            record, champion, active, clients.sagemaker().endpoint(record.endpoint)
        )
    )


def remove_endpoint(model: str) -> Response[str]:
    ledger = clients.ledger()
    record = require_model(unquote(model), ledger)
    removed = delete_endpoint(
        record, ledger, clients.sagemaker(), clients.settings().stack
    )
    predictor().forget(unquote(model))
    return _json({"model": record.model, "removed": removed})


def list_releases(model: str) -> Response[str]:
    query = app.current_event.query_string_parameters or {}
    limit = _limit(query.get("limit"))
    record = require_model(unquote(model), clients.ledger())
    runs = clients.ledger().runs_of(record.model)
    return _json(
        {"model": record.model, "releases": release_lines(runs, record, limit)}
    )


def roll_back(model: str) -> Response[str]:
    request = promotion_request(_request_body(), _content_type())
    record = require_model(unquote(model), clients.ledger())
    run = _require_run(request.run) if request.run else None
    return _promoted(
        record,
        _promoter().roll_back(record, run, accepts_labels=request.accept_label_change),
    )


def promote(model: str) -> Response[str]:
    request = promotion_request(_request_body(), _content_type())
    if request.run is None:
        raise without_run()
    record = require_model(unquote(model), clients.ledger())
    return _promoted(
        record,
        _promoter().promote(
            record,
            _require_run(request.run),
            accepts_labels=request.accept_label_change,
        ),
    )


def _promoter() -> Promoter:
    retrier = Retrier(clients.ledger(), clients.storage(), clients.workflow())
    return Promoter(clients.ledger(), clients.storage(), retrier)


def _promoted(model: ModelRecord, answer: RunRecord | Refusal) -> Response[str]:
    if isinstance(answer, Refusal):
        raise not_done(answer)
    if answer.run == model.champion:
        return _json(run_page(answer) | {"message": f"{answer.run} is live already."})
    return _json(run_page(answer), 202)


def remove_release(model: str, run: str) -> Response[str]:
    record = _require_run(run)
    if record.model != require_model(unquote(model), clients.ledger()).model:
        raise unknown_run(unquote(run))
    if record.status is RunStatus.LIVE:
        raise live_release(record)
    return _removed(record)


def remove_data(run: str) -> Response[str]:
    return _removed(_require_run(run))


def _removed(record: RunRecord) -> Response[str]:
    if not _remover().remove(record.run):
        raise still_in_progress(record)
    return _json(run_page(clients.ledger().get_run(record.run)))


def _remover() -> Remover:
    stack = clients.settings().stack
    return Remover(clients.ledger(), clients.storage(), clients.logs(), stack)


def remove_model(model: str) -> Response[str]:
    """The endpoint as `remove_endpoint` does it; once it is gone, everything that is left of the model."""
    ledger, stack = clients.ledger(), clients.settings().stack
    record = require_model(unquote(model), ledger)
    if active := ledger.find_run(record.active_run or ""):
        raise still_in_progress(active)
    delete_endpoint(record, ledger, clients.sagemaker(), stack)
    predictor().forget(unquote(model))
    require_gone(record, clients.sagemaker())
    deletion = ModelDeletion(
        ledger, clients.storage(), clients.logs(), _remover(), stack
    )
    if not deletion.delete(record):
        raise claimed_meanwhile(record)
    return _json({"model": record.model, "deleted": True})


def list_runs() -> Response[str]:
    query = app.current_event.query_string_parameters or {}
    runs = clients.ledger().runs(
        limit=_limit(query.get("limit")), model=query.get("model")
    )
    return _json({"runs": [run_line(run) for run in runs]})


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_RUN_COUNT
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_LIMIT_DIGITS
    if not is_number or not 1 <= int(text) <= MAX_RUN_COUNT:
        message = (
            f"limit: expected a whole number from 1 to {MAX_RUN_COUNT}; found {text!r}"
        )
        raise ApiError(422, "invalid_request", message, field="limit")
    return int(text)


def show_run(run: str) -> Response[str]:
    return _json(run_page(_require_run(run)))


def retry_run(run: str) -> Response[str]:
    record = _require_run(run)
    retrier = Retrier(clients.ledger(), clients.storage(), clients.workflow())
    retried = retrier.retry(record)
    if isinstance(retried, Refusal):
        raise not_done(retried)
    return _json(run_page(retried), 202)


def stop_run(run: str) -> Response[str]:
    stopper = Stopper(clients.ledger(), clients.workflow())
    stopped = stopper.stop(_require_run(run))
    if isinstance(stopped, Refusal):
        raise not_done(stopped)
    return _json(run_page(stopped), 202 if stopped.is_in_progress else 200)


def show_report(run: str) -> Response[str]:
    return _document(_require_run(run), "report")


def show_card(run: str) -> Response[str]:
    return _document(_require_run(run), "card")


def show_mistakes(run: str) -> Response[str]:
    return _document(_require_run(run), "mistakes")


def show_label_errors(run: str) -> Response[str]:
    return _document(_require_run(run), "label_errors")


def _document(run: RunRecord, name: str) -> Response[str]:
    text = read_document(run, name, clients.storage())
    headers = cast("dict[str, str | list[str]]", DOCUMENT_HEADERS)
    return Response(200, CONTENT_TYPES[DOCUMENT_FILES[name]], text, headers=headers)


def read_document(run: RunRecord, name: str, storage: Storage) -> str:
    """What a job wrote for people (a name of `DOCUMENT_FILES`), passed on: a caller needs no access to the bucket.

    Raises a 404 where the run has left no such document, or it is gone.
    """
    key = locations.document_key(run.run, DOCUMENT_FILES[name])
    if not getattr(run, name) or not storage.exists(key):
        raise no_document(run, name)
    text = storage.read_bytes(key).decode("utf-8", "replace")
    return with_state(text, run.status) if name == "report" else text


ROUTES: tuple[tuple[str, str, Right, Callable[..., Response[str]]], ...] = (
    ("POST", "/models/<model>/predict", Right.PREDICT, predict),
    ("GET", "/models", Right.READ, list_models),
    ("GET", "/models/<model>", Right.READ, show_model),
    ("DELETE", "/models/<model>/endpoint", Right.MANAGE, remove_endpoint),
    ("DELETE", "/models/<model>", Right.MANAGE, remove_model),
    ("GET", "/models/<model>/releases", Right.READ, list_releases),
    ("POST", "/models/<model>/rollback", Right.MANAGE, roll_back),
    ("POST", "/models/<model>/promote", Right.MANAGE, promote),
    ("DELETE", "/models/<model>/releases/<run>", Right.MANAGE, remove_release),
    ("GET", "/runs", Right.READ, list_runs),
    ("GET", "/runs/<run>", Right.READ, show_run),
    ("POST", "/runs/<run>/retry", Right.MANAGE, retry_run),
    ("POST", "/runs/<run>/stop", Right.MANAGE, stop_run),
    ("DELETE", "/runs/<run>/data", Right.MANAGE, remove_data),
    ("GET", "/runs/<run>/report", Right.READ, show_report),
    ("GET", "/runs/<run>/card", Right.READ, show_card),
    ("GET", "/runs/<run>/mistakes", Right.READ, show_mistakes),
    ("GET", "/runs/<run>/label_errors", Right.READ, show_label_errors),
)


def key_id() -> str | None:
    """The id of the API key that came with the call."""
    return app.current_event.request_context.identity.api_key_id


for method, path, right, view in ROUTES:
    app.route(path, method=method)(restricted(view, right, key_id))


def route_list() -> str:
    """The routes as a person reads them: `GET /models/{model}`."""
    paths = [
        f"{method} {path.replace('<', '{').replace('>', '}')}"
        for method, path, *_ in ROUTES
    ]
    return ", ".join(paths)


@app.exception_handler(ApiError)  # type: ignore[untyped-decorator]
def refuse(error: ApiError) -> Response[str]:
    logger.info("refused", extra={"status": error.status, "code": error.code})
    return _error(error)


@app.not_found
def refuse_unknown_route(_: NotFoundError) -> Response[str]:
    call = f"{app.current_event.http_method} {app.current_event.path}"
    return _error(
        ApiError(404, "unknown_route", f"There is no {call}. There are {route_list()}.")
    )


@app.exception_handler(TransientError)  # type: ignore[untyped-decorator]
def refuse_for_now(error: TransientError) -> Response[str]:
    logger.warning("AWS could not answer", extra={"error": str(error)})
    message = "AWS could not answer at this moment. Ask again."
    return _error(
        ApiError(503, "aws_unavailable", message, retry_after=AWS_RETRY_SECONDS)
    )


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def refuse_after_failure(error: Exception) -> Response[str]:
    logger.exception("failed")
    request_id = app.lambda_context.aws_request_id
    message = f"Traindrop could not answer ({type(error).__name__}). Ask again; the log has more under this request id."
    return _error(ApiError(500, "internal_error", message, request_id=request_id))
