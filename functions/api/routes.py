"""The routes of the HTTP API. Each view reads the call, asks the room that knows, and answers JSON or a document."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from contracts.locations import CONSOLE_PATH
from functions.adapters import clients
from functions.adapters.cost_book import month_of
from functions.adapters.errors import TransientError
from functions.adapters.ledger import utc_now
from functions.api import (
    batch_calls,
    calls,
    console,
    documents,
    openai_calls,
    prediction_calls,
    release_calls,
    run_calls,
    upload_calls,
)
from functions.api.calls import (
    app,
    error_answer,
    json_answer,
    query,
    require_run,
)
from functions.api.endpoints import delete_endpoint
from functions.api.errors import (
    ApiError,
    method_not_allowed,
    not_done,
    unknown_route,
)
from functions.api.paths import Route, methods_of, nearest_routes
from functions.api.predictions import require_live, require_model
from functions.api.queries import PAGE_PARAMETERS, page_request, require_known
from functions.api.rights import Right, restricted
from functions.api.views import model_line, model_page, run_line, run_page
from functions.common.lambda_handler import logger
from functions.common.names import stack_prefix
from functions.costs.report import month_costs
from functions.releases.retry import Retrier
from functions.releases.retry_decisions import Refusal
from functions.releases.stop import Stopper

AWS_RETRY_SECONDS = 5
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


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
    now = utc_now()
    month = query().get("month") or month_of(now.isoformat())
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
    page = page_request(query(), position_items=2)
    records = clients.ledger().runs(page.limit + 1, query().get("model"), page.after)
    runs, more = page.page_of(records, lambda run: (run.started_at, run.run))
    return json_answer({"runs": [run_line(run) for run in runs]} | more)


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


def describe() -> Response[str]:
    # Only this call needs the schemas of every task.
    from functions.api.openapi_document import document  # noqa: PLC0415
    from functions.api.openapi_models import live_models  # noqa: PLC0415

    models = live_models(clients.ledger())
    return json_answer(document(ROUTES, models, calls.server_url("/openapi.json")))


class RouteView(NamedTuple):
    """A call of the API, the right it needs, its view, and the parameters that it takes after the path."""

    method: str
    path: str
    right: Right | None
    """None: any key of the stack will do."""
    view: Callable[..., Response[str]]
    query: tuple[str, ...] = ()


ROUTES: tuple[RouteView, ...] = (
    RouteView(
        "POST", "/models/<model>/predict", Right.PREDICT, prediction_calls.predict
    ),
    RouteView(
        "GET",
        "/models/<model>/predictions/<prediction>",
        Right.PREDICT,
        prediction_calls.show_prediction,
    ),
    RouteView("POST", "/models/<model>/batch", Right.PREDICT, batch_calls.create_batch),
    RouteView(
        "GET",
        "/models/<model>/batch",
        Right.PREDICT,
        batch_calls.list_batches,
        PAGE_PARAMETERS,
    ),
    RouteView(
        "GET", "/models/<model>/batch/<batch>", Right.PREDICT, batch_calls.show_batch
    ),
    RouteView(
        "POST",
        "/models/<model>/batch/<batch>/start",
        Right.PREDICT,
        batch_calls.start_batch,
    ),
    RouteView(
        "POST",
        "/models/<model>/batch/<batch>/stop",
        Right.PREDICT,
        batch_calls.stop_batch,
    ),
    RouteView(
        "DELETE",
        "/models/<model>/batch/<batch>",
        Right.PREDICT,
        batch_calls.remove_batch,
    ),
    RouteView(
        "POST", "/models/<model>/uploads", Right.MANAGE, upload_calls.create_uploads
    ),
    RouteView("GET", "/models", Right.READ, list_models),
    RouteView("GET", "/models/<model>", Right.READ, show_model),
    RouteView("DELETE", "/models/<model>/endpoint", Right.MANAGE, remove_endpoint),
    RouteView("POST", "/models/<model>/sleep", Right.MANAGE, sleep),
    RouteView("POST", "/models/<model>/wake", Right.PREDICT, wake),
    RouteView("DELETE", "/models/<model>", Right.MANAGE, release_calls.remove_model),
    RouteView(
        "GET",
        "/models/<model>/releases",
        Right.READ,
        release_calls.list_releases,
        PAGE_PARAMETERS,
    ),
    RouteView(
        "POST", "/models/<model>/rollback", Right.MANAGE, release_calls.roll_back
    ),
    RouteView("POST", "/models/<model>/promote", Right.MANAGE, release_calls.promote),
    RouteView(
        "DELETE",
        "/models/<model>/releases/<run>",
        Right.MANAGE,
        release_calls.remove_release,
    ),
    RouteView(
        "POST", "/v1/chat/completions", Right.PREDICT, openai_calls.chat_completions
    ),
    RouteView("POST", "/v1/completions", Right.PREDICT, openai_calls.completions),
    RouteView("GET", "/v1/models", Right.READ, openai_calls.list_writers),
    RouteView("GET", "/openapi.json", None, describe),
    RouteView("GET", "/costs", Right.READ, show_costs, ("month",)),
    RouteView("GET", "/runs", Right.READ, list_runs, ("model", *PAGE_PARAMETERS)),
    RouteView("GET", "/runs/<run>", Right.READ, show_run),
    RouteView("POST", "/runs/<run>/retry", Right.MANAGE, retry_run),
    RouteView("POST", "/runs/<run>/stop", Right.MANAGE, stop_run),
    RouteView("POST", "/runs/<run>/approve", Right.MANAGE, release_calls.approve),
    RouteView("POST", "/runs/<run>/reject", Right.MANAGE, release_calls.reject),
    RouteView("DELETE", "/runs/<run>/data", Right.MANAGE, release_calls.remove_data),
    RouteView("GET", "/runs/<run>/log", Right.READ, run_calls.show_log, ("limit",)),
    RouteView("GET", "/runs/<run>/evaluation", Right.READ, run_calls.show_evaluation),
    RouteView("GET", "/runs/<run>/report", Right.READ, documents.show_report),
    RouteView("GET", "/runs/<run>/card", Right.READ, documents.show_card),
    RouteView("GET", "/runs/<run>/mistakes", Right.READ, documents.show_mistakes),
    RouteView(
        "GET", "/runs/<run>/label_errors", Right.READ, documents.show_label_errors
    ),
)

OPEN_ROUTES: tuple[tuple[str, Callable[..., Response[str]]], ...] = (
    (CONSOLE_PATH, console.open_console),
    (f"{CONSOLE_PATH}/<file>", console.show_file),
)
"""Files of the console: the only ones that are answered without a key."""


def key_id() -> str | None:
    """The id of the API key that came with the call."""
    return app.current_event.request_context.identity.api_key_id


def with_known_query(
    view: Callable[..., Response[str]], allowed: tuple[str, ...]
) -> Callable[..., Response[str]]:
    """The view of calls without any other parameter after the path."""

    @wraps(view)
    def call(**parameters: str) -> Response[str]:
        require_known(query(), allowed)
        return view(**parameters)

    return call


for route in ROUTES:
    checked = with_known_query(route.view, route.query)
    app.route(route.path, method=route.method)(restricted(checked, route.right, key_id))
for path, view in OPEN_ROUTES:
    app.route(path, method="GET")(view)


def resolve(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The answer of the route that the event is for."""
    return app.resolve(event, context)


def routes() -> list[Route]:
    return [Route(route.method, route.path) for route in ROUTES]


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
