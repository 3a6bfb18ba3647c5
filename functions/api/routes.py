"""The routes of the HTTP API. Each view reads the call, asks the room that knows, and answers JSON or a document."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from contracts import locations
from contracts.report_state import with_state
from contracts.run_record import RunRecord
from functions.adapters import clients
from functions.adapters.cost_book import month_of
from functions.adapters.errors import TransientError
from functions.adapters.ledger import utc_now
from functions.api import batch_calls, calls, openai_calls, release_calls
from functions.api.calls import (
    app,
    content_type,
    error_answer,
    json_answer,
    limit_of,
    prediction,
    request_body,
    require_run,
)
from functions.api.endpoints import delete_endpoint
from functions.api.errors import (
    ApiError,
    method_not_allowed,
    no_document,
    not_done,
    unknown_route,
)
from functions.api.paths import Route, methods_of, nearest_routes
from functions.api.predictions import require_live, require_model
from functions.api.rights import Right, restricted
from functions.api.views import model_line, model_page, run_line, run_page
from functions.common.documents import CONTENT_TYPES, DOCUMENT_FILES
from functions.common.lambda_handler import logger
from functions.common.names import stack_prefix
from functions.costs.report import month_costs
from functions.releases.retry import Retrier
from functions.releases.retry_decisions import Refusal
from functions.releases.states import may_be_approved
from functions.releases.stop import Stopper

if TYPE_CHECKING:
    # Loaded with boto3's S3 client only where a document is read: most calls of the API need neither.
    from functions.adapters.storage import Storage

DOCUMENT_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"
}
"""Nothing in a document is run or fetched, whoever wrote it."""
AWS_RETRY_SECONDS = 5
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


def predict(model: str) -> Response[str]:
    return prediction(
        calls.predictor().predict(unquote(model), request_body(), content_type())
    )


def list_models() -> Response[str]:
    statuses = clients.sagemaker().endpoint_statuses(
        stack_prefix(clients.settings().stack)
    )
    return json_answer(
        {"models": [model_line(model, statuses) for model in clients.ledger().models()]}
    )


def show_model(model: str) -> Response[str]:
    ledger = clients.ledger()
    record = require_model(unquote(model), ledger)
    champion = ledger.find_run(record.champion) if record.champion else None
    active = ledger.find_run(record.active_run) if record.active_run else None
    return json_answer(
        model_page(
            record, champion, active, clients.sagemaker().endpoint(record.endpoint)
        )
    )


def remove_endpoint(model: str) -> Response[str]:
    ledger = clients.ledger()
    record = require_model(unquote(model), ledger)
    with calls.booked_endpoint(record):
        removed = delete_endpoint(
            record, ledger, clients.sagemaker(), clients.settings().stack
        )
    calls.predictor().forget(unquote(model))
    return json_answer({"model": record.model, "removed": removed})


def show_costs() -> Response[str]:
    query, now = app.current_event.query_string_parameters or {}, utc_now()
    month = query.get("month") or month_of(now.isoformat())
    if not MONTH.fullmatch(month):
        message = f"month: expected a month such as 2026-11; found {month!r}"
        raise ApiError(422, "invalid_request", message, field="month")
    return json_answer(month_costs(clients.cost_book(), month, now).write())


def sleep(model: str) -> Response[str]:
    record = require_live(unquote(model), clients.ledger())
    with calls.booked_endpoint(record):
        refusal = calls.sleeper().sleep(record)
    if refusal is not None:
        raise not_done(refusal)
    calls.predictor().forget(unquote(model))
    return show_model(model)


def wake(model: str) -> Response[str]:
    """202 where an endpoint is on its way that a prediction would have had to wait for."""
    record = require_live(unquote(model), clients.ledger())
    is_waking = bool(record.asleep_since) and calls.wake(record)
    return json_answer(
        {"model": record.model, "waking": is_waking}, 202 if is_waking else 200
    )


def list_runs() -> Response[str]:
    query = app.current_event.query_string_parameters or {}
    runs = clients.ledger().runs(
        limit=limit_of(query.get("limit")), model=query.get("model")
    )
    return json_answer({"runs": [run_line(run) for run in runs]})


def show_run(run: str) -> Response[str]:
    return json_answer(run_page(require_run(run)))


def retry_run(run: str) -> Response[str]:
    record = require_run(run)
    retrier = Retrier(clients.ledger(), clients.storage(), clients.workflow())
    retried = retrier.retry(record)
    if isinstance(retried, Refusal):
        raise not_done(retried)
    return json_answer(run_page(retried), 202)


def stop_run(run: str) -> Response[str]:
    stopper = Stopper(clients.ledger(), clients.workflow())
    stopped = stopper.stop(require_run(run))
    if isinstance(stopped, Refusal):
        raise not_done(stopped)
    return json_answer(run_page(stopped), 202 if stopped.is_in_progress else 200)


def show_report(run: str) -> Response[str]:
    return _document(require_run(run), "report")


def show_card(run: str) -> Response[str]:
    return _document(require_run(run), "card")


def show_mistakes(run: str) -> Response[str]:
    return _document(require_run(run), "mistakes")


def show_label_errors(run: str) -> Response[str]:
    return _document(require_run(run), "label_errors")


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
    return with_state(text, _state(run)) if name == "report" else text


def _state(run: RunRecord) -> str:
    if run.approval and may_be_approved(run, utc_now()):
        return f"waiting for approval until {run.approval.until}"
    return run.status


ROUTES: tuple[tuple[str, str, Right, Callable[..., Response[str]]], ...] = (
    ("POST", "/models/<model>/predict", Right.PREDICT, predict),
    ("POST", "/models/<model>/batch", Right.PREDICT, batch_calls.create_batch),
    ("GET", "/models/<model>/batch", Right.PREDICT, batch_calls.list_batches),
    ("GET", "/models/<model>/batch/<batch>", Right.PREDICT, batch_calls.show_batch),
    (
        "POST",
        "/models/<model>/batch/<batch>/start",
        Right.PREDICT,
        batch_calls.start_batch,
    ),
    (
        "POST",
        "/models/<model>/batch/<batch>/stop",
        Right.PREDICT,
        batch_calls.stop_batch,
    ),
    (
        "DELETE",
        "/models/<model>/batch/<batch>",
        Right.PREDICT,
        batch_calls.remove_batch,
    ),
    ("GET", "/models", Right.READ, list_models),
    ("GET", "/models/<model>", Right.READ, show_model),
    ("DELETE", "/models/<model>/endpoint", Right.MANAGE, remove_endpoint),
    ("POST", "/models/<model>/sleep", Right.MANAGE, sleep),
    ("POST", "/models/<model>/wake", Right.PREDICT, wake),
    ("DELETE", "/models/<model>", Right.MANAGE, release_calls.remove_model),
    ("GET", "/models/<model>/releases", Right.READ, release_calls.list_releases),
    ("POST", "/models/<model>/rollback", Right.MANAGE, release_calls.roll_back),
    ("POST", "/models/<model>/promote", Right.MANAGE, release_calls.promote),
    (
        "DELETE",
        "/models/<model>/releases/<run>",
        Right.MANAGE,
        release_calls.remove_release,
    ),
    ("POST", "/v1/chat/completions", Right.PREDICT, openai_calls.chat_completions),
    ("POST", "/v1/completions", Right.PREDICT, openai_calls.completions),
    ("GET", "/v1/models", Right.READ, openai_calls.list_writers),
    ("GET", "/costs", Right.READ, show_costs),
    ("GET", "/runs", Right.READ, list_runs),
    ("GET", "/runs/<run>", Right.READ, show_run),
    ("POST", "/runs/<run>/retry", Right.MANAGE, retry_run),
    ("POST", "/runs/<run>/stop", Right.MANAGE, stop_run),
    ("POST", "/runs/<run>/approve", Right.MANAGE, release_calls.approve),
    ("POST", "/runs/<run>/reject", Right.MANAGE, release_calls.reject),
    ("DELETE", "/runs/<run>/data", Right.MANAGE, release_calls.remove_data),
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


def resolve(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The answer of the route that the event is for."""
    return app.resolve(event, context)


def routes() -> list[Route]:
    return [Route(method, path) for method, path, *_ in ROUTES]


@app.exception_handler(ApiError)  # type: ignore[untyped-decorator]
def refuse(error: ApiError) -> Response[str]:
    logger.info("refused", extra={"status": error.status, "code": error.code})
    return error_answer(error)


@app.not_found
def refuse_unknown_route(_: NotFoundError) -> Response[str]:
    method, path = app.current_event.http_method, app.current_event.path
    if allowed := methods_of(path, routes()):
        return error_answer(method_not_allowed(method, path, allowed))
    return error_answer(
        unknown_route(method, path, nearest_routes(method, path, routes()))
    )


@app.exception_handler(TransientError)  # type: ignore[untyped-decorator]
def refuse_for_now(error: TransientError) -> Response[str]:
    logger.warning("AWS could not answer", extra={"error": str(error)})
    message = "AWS could not answer at this moment. Ask again."
    return error_answer(
        ApiError(503, "aws_unavailable", message, retry_after=AWS_RETRY_SECONDS)
    )


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def refuse_after_failure(error: Exception) -> Response[str]:
    logger.exception("failed")
    message = f"Traindrop could not answer ({type(error).__name__}). Ask again; the log has more under this request id."
    return error_answer(ApiError(500, "internal_error", message))
