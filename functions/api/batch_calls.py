"""The views of batches: rows that a model answers outside its endpoint, from a file into a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from contracts.batch import IN_PROGRESS, BatchRecord, BatchStatus
from functions.adapters import clients
from functions.adapters.links import LINK_SECONDS
from functions.api.batch_requests import (
    batch_request,
    in_progress,
    no_file,
    not_in_progress,
    not_startable,
    stopping,
    unknown_batch,
)
from functions.api.calls import (
    content_type,
    json_answer,
    query,
    request_body,
)
from functions.api.predictions import require_live, require_model
from functions.api.queries import page_request
from functions.batch.control import BatchControl, may_start
from functions.costs.prices import usd_of

_SHOWN_SECONDS = 60
"""Less than that is left is not worth a number."""


def control() -> BatchControl:
    return BatchControl(
        clients.batches(),
        clients.storage(),
        clients.sagemaker(),
        clients.logs(),
        clients.batch_workflow(),
        clients.settings().stack,
    )


def create_batch(model: str) -> Response[str]:
    """201 and where to upload the file; with a file in S3 the batch starts, 202."""
    record = require_live(unquote(model), clients.ledger())
    task = None if record.custom else record.task
    request = batch_request(
        request_body(), content_type(), clients.settings().data_bucket, task
    )
    batch = control().create(record, request.key, request.parameters)
    if request.key is None:
        upload = {
            "method": "PUT",
            "url": clients.link_maker().upload(batch.key),
            "seconds": LINK_SECONDS,
        }
        return json_answer(batch_page(batch) | {"upload": upload}, 201)
    return _started(batch, record.champion or "")


def start_batch(model: str, batch: str) -> Response[str]:
    """One that was prepared goes on with the release that began it, live or not."""
    record = require_model(unquote(model), clients.ledger())
    prepared = _require_batch(record.model, batch)
    if prepared.rows is None:
        record = require_live(unquote(model), clients.ledger())
    return _started(prepared, record.champion or "")


def _started(batch: BatchRecord, champion: str) -> Response[str]:
    if not may_start(batch):
        raise not_startable(batch)
    if not clients.storage().exists(batch.key):
        raise no_file(batch, clients.storage().uri(batch.key))
    started = control().start(batch, champion)
    if started is None:
        raise not_startable(batch)
    return json_answer(batch_page(started), 202)


def list_batches(model: str) -> Response[str]:
    page = page_request(query())
    record = require_model(unquote(model), clients.ledger())
    (last,) = page.after or (None,)
    records = clients.batches().of_model(record.model, page.limit + 1, last)
    batches, more = page.page_of(records, lambda batch: (batch.batch,))
    lines = [batch_line(batch) for batch in batches]
    return json_answer({"model": record.model, "batches": lines} | more)


def show_batch(model: str, batch: str) -> Response[str]:
    record = require_model(unquote(model), clients.ledger())
    return json_answer(batch_page(_require_batch(record.model, batch)))


def stop_batch(model: str, batch: str) -> Response[str]:
    record = _require_batch(
        require_model(unquote(model), clients.ledger()).model, batch
    )
    stopped = control().stop(record) if record.status in IN_PROGRESS else None
    if stopped is None:
        raise not_in_progress(record)
    return json_answer(batch_page(stopped))


def remove_batch(model: str, batch: str) -> Response[str]:
    record = _require_batch(
        require_model(unquote(model), clients.ledger()).model, batch
    )
    if record.status in IN_PROGRESS:
        raise in_progress(record)
    if control().is_stopping(record):
        raise stopping(record)
    control().remove(record)
    return json_answer({"batch": record.batch, "deleted": True})


def _require_batch(model: str, batch: str) -> BatchRecord:
    record = clients.batches().find(model, unquote(batch))
    if record is None:
        raise unknown_batch(model, unquote(batch))
    return control().settled(record)


def batch_line(record: BatchRecord) -> dict[str, Any]:
    """What every caller may want to know of a batch; no address."""
    shown = {
        "batch": record.batch,
        "model": record.model,
        "status": record.status,
        "run": record.run,
        "created_at": record.created_at,
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "rows": record.rows,
        "answered": record.answered,
        "errors": record.errors,
        "failure": record.failure,
    }
    return {name: value for name, value in shown.items() if value is not None}


def batch_page(record: BatchRecord) -> dict[str, Any]:
    """The line with the progress, what it bills, and where the result is."""
    page = batch_line(record) | {"input": clients.storage().uri(record.key)}
    if record.parameters:
        page["parameters"] = dict(record.parameters)
    if record.instance_type:
        page["cost"] = _cost(record)
    if record.status is BatchStatus.RUNNING and (left := _seconds_left(record)):
        page["seconds_left"] = left
    if record.result and not clients.storage().exists(record.result):
        page["message"] = "The result has been removed, as after RunRetentionDays."
    elif record.result:
        name = f"{record.batch}.{record.result.rpartition('.')[2]}"
        page["result"] = {
            "uri": clients.storage().uri(record.result),
            "url": clients.link_maker().download(record.result, name),
            "seconds": LINK_SECONDS,
        }
    return page


def _seconds_left(record: BatchRecord) -> int | None:
    """Of the requests that jobs have to answer still; None before one has shown how fast the model is."""
    if not record.rows_per_second:
        return None
    left = (record.rows or 0) - record.answered - record.errors
    seconds = int(left / record.rows_per_second)
    return seconds if seconds >= _SHOWN_SECONDS else None


def _cost(record: BatchRecord) -> dict[str, Any]:
    """Transform jobs bill by the second of their instances, from their start to their end."""
    cost: dict[str, Any] = {
        "instance_type": record.instance_type,
        "instance_count": record.instance_count,
        "usd_per_hour": None,
    }
    if record.price is not None:
        cost["usd_per_hour"] = record.price.usd_per_hour * record.instance_count
        cost["price_source"] = record.price.source
        if left := _seconds_left(record):
            cost["usd_left"] = usd_of(record.price, left, record.instance_count)
    return cost
