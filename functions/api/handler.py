"""The HTTP API: predictions, models, runs. Every error is JSON with a status, a code and a sentence."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any, cast
from urllib.parse import quote, unquote

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.adapters import clients
from functions.api.endpoints import delete_endpoint
from functions.api.errors import ApiError, unknown_run
from functions.api.predictions import Predictor, find_model
from functions.api.views import DOCUMENTS, model_line, model_page, run_line, run_page
from functions.common.lambda_handler import logger, metrics, traced
from functions.common.records import Run
from functions.judge.output_archive import DOCUMENTS as CONTENT_TYPES

JSON = "application/json"
CLOSED = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}
"""Of documents: nothing in them is run or fetched, whoever wrote them."""
RUNS_SHOWN, RUNS_MOST = 50, 200

app = APIGatewayRestResolver()


@cache
def predictor() -> Predictor:
    return Predictor(clients.ledger(), clients.runtime())


def _answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response[str]:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Response(status_code=status, content_type=JSON, body=text, headers=cast(Any, headers))


def _refuse(error: ApiError) -> Response[str]:
    return _answer(error.body(), error.status, error.headers())


def _body() -> str | bytes | None:
    body, encoded = app.current_event.body, app.current_event.is_base64_encoded
    return base64.b64decode(body) if body and encoded else body


@app.post("/models/<model>/predict")
def predict(model: str) -> Response[str]:
    content_type = (app.current_event.headers or {}).get("content-type", "")
    answer, run = predictor().predict(unquote(model), _body(), content_type)
    return _answer(answer, headers={"X-Traindrop-Run": run})


@app.get("/models")
def models() -> Response[str]:
    statuses = clients.sagemaker().endpoint_statuses(f"{clients.settings().stack}-")
    return _answer({"models": [model_line(model, statuses) for model in clients.ledger().models()]})


@app.get("/models/<model>")
def one_model(model: str) -> Response[str]:
    ledger = clients.ledger()
    record = find_model(unquote(model), ledger)
    champion, active = (ledger.run(run) if run else None for run in (record.get("champion"), record.get("active_run")))
    return _answer(model_page(record, champion, active, clients.sagemaker().endpoint(record["endpoint"])))


@app.delete("/models/<model>/endpoint")
def remove_endpoint(model: str) -> Response[str]:
    ledger = clients.ledger()
    record = find_model(unquote(model), ledger)
    removed = delete_endpoint(record, ledger, clients.sagemaker(), clients.settings().stack)
    predictor().forget(unquote(model))
    return _answer({"model": record["model"], "removed": removed})


@app.get("/runs")
def runs() -> Response[str]:
    asked = app.current_event.query_string_parameters or {}
    found = clients.ledger().runs(limit=_limit(asked.get("limit")), model=asked.get("model"))
    return _answer({"runs": [run_line(run) for run in found]})


def _limit(text: str | None) -> int:
    if text is None:
        return RUNS_SHOWN
    if not text.isdecimal() or not 1 <= int(text) <= RUNS_MOST:
        message = f"limit: expected a whole number from 1 to {RUNS_MOST}; found {text!r}"
        raise ApiError(422, "invalid_request", message, field="limit")
    return int(text)


@app.get("/runs/<run>")
def one_run(run: str) -> Response[str]:
    return _answer(run_page(_known(run)))


def _known(run: str) -> Run:
    record = clients.ledger().run(unquote(run))
    if record is None:
        raise unknown_run(unquote(run))
    return record


@app.get("/runs/<run>/report")
def report(run: str) -> Response[str]:
    return _document(_known(run), "report")


@app.get("/runs/<run>/card")
def card(run: str) -> Response[str]:
    return _document(_known(run), "card")


def _document(run: Run, name: str) -> Response[str]:
    """Passed on rather than redirected to: who may call the API needs no way to the bucket."""
    from functions.api.documents import document  # noqa: PLC0415 - the API answers without S3

    text = document(run, name, clients.storage())
    return Response(200, CONTENT_TYPES[DOCUMENTS[name]], text, headers=cast(Any, CLOSED))


@app.exception_handler(ApiError)  # type: ignore[untyped-decorator]
def refused(error: ApiError) -> Response[str]:
    logger.info("refused", extra={"status": error.status, "code": error.code})
    return _refuse(error)


@app.not_found
def no_route(_: NotFoundError) -> Response[str]:
    asked = f"{app.current_event.http_method} {app.current_event.path}"
    message = (
        f"There is no {asked}. There are /models, /models/{{model}}, /models/{{model}}/predict, /runs, /runs/{{run}}, "
        "/runs/{run}/report, /runs/{run}/card."
    )
    return _refuse(ApiError(404, "unknown_route", message))


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def failed(error: Exception) -> Response[str]:
    logger.exception("failed")
    request_id = app.lambda_context.aws_request_id
    message = f"Traindrop could not answer ({type(error).__name__}). Ask again; the log has more under this request id."
    return _refuse(ApiError(500, "internal_error", message, request_id=request_id))


def with_encoded_path(event: dict[str, Any]) -> dict[str, Any]:
    """The event with its path made anew from its parameters, percent-encoded, so that any model name is one segment.

    Gateways differ in whether `path` arrives decoded, and a name may hold what no route pattern matches.
    """
    resource, given = event.get("resource") or "", event.get("pathParameters") or {}
    if "{" not in resource or not given:
        return event
    path = resource
    for name, value in given.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return event | {"path": path}


@traced
@logger.inject_lambda_context
@metrics.log_metrics
def api(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    answer = app.resolve(with_encoded_path(event), context)
    metrics.add_dimension("resource", event.get("resource") or "none")
    metrics.add_metric(f"Status{answer['statusCode'] // 100}xx", MetricUnit.Count, 1)
    logger.info("answered", extra={"resource": event.get("resource"), "status": answer["statusCode"]})
    return answer
