"""The views of what a person decides about releases: lists, rollback, promotion, approval, deletion."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from contracts.model_record import ModelRecord
from contracts.run_record import RunRecord, RunStatus
from functions.adapters import clients
from functions.adapters.ledger import utc_now
from functions.api import calls
from functions.api.batch_calls import control
from functions.api.batch_requests import stopping
from functions.api.calls import (
    content_type,
    json_answer,
    query,
    request_body,
    require_run,
)
from functions.api.endpoints import delete_endpoint, require_gone
from functions.api.errors import (
    claimed_meanwhile,
    live_release,
    not_done,
    still_in_progress,
    unknown_run,
)
from functions.api.predictions import require_model
from functions.api.queries import NEXT, PageRequest, page_request, unknown_cursor
from functions.api.release_requests import another_run, promotion_request, without_run
from functions.api.views import release_lines, run_page
from functions.releases.approval import Approver
from functions.releases.deletion import ModelDeletion
from functions.releases.promoter import Promoter
from functions.releases.removal import Remover
from functions.releases.retry import Retrier
from functions.releases.retry_decisions import Refusal


def list_releases(model: str) -> Response[str]:
    page = page_request(query())
    record = require_model(unquote(model), clients.ledger())
    lines = release_lines(clients.ledger().runs_of(record.model), record, utc_now())
    shown, more = page.page_of(_after(lines, page), lambda line: (line["run"],))
    return json_answer({"model": record.model, "releases": shown} | more)


def _after(lines: list[dict[str, Any]], page: PageRequest) -> list[dict[str, Any]]:
    """The lines behind the last one of the page before. Raises a 422 where that is gone."""
    if page.after is None:
        return lines
    (last,) = page.after
    for place, line in enumerate(lines):
        if line["run"] == last:
            return lines[place + 1 :]
    raise unknown_cursor(query()[NEXT])


def roll_back(model: str) -> Response[str]:
    request = promotion_request(request_body(), content_type())
    record = require_model(unquote(model), clients.ledger())
    run = require_run(request.run) if request.run else None
    return _promoted(
        record,
        _promoter().roll_back(record, run, accepts_labels=request.accept_label_change),
    )


def promote(model: str) -> Response[str]:
    request = promotion_request(request_body(), content_type())
    if request.run is None:
        raise without_run()
    record = require_model(unquote(model), clients.ledger())
    return _promoted(
        record,
        _promoter().promote(
            record,
            require_run(request.run),
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
        return json_answer(
            run_page(answer) | {"message": f"{answer.run} is live already."}
        )
    return json_answer(run_page(answer), 202)


def approve(run: str) -> Response[str]:
    request = promotion_request(request_body(), content_type())
    record = require_run(run)
    if request.run and request.run != record.run:
        raise another_run(record.run, request.run)
    model = require_model(record.model, clients.ledger())
    answer = _approver().approve(
        model, record, accepts_labels=request.accept_label_change
    )
    return _promoted(model, answer)


def reject(run: str) -> Response[str]:
    answer = _approver().reject(require_run(run))
    if isinstance(answer, Refusal):
        raise not_done(answer)
    return json_answer(run_page(answer))


def _approver() -> Approver:
    return Approver(clients.ledger(), _promoter())


def remove_release(model: str, run: str) -> Response[str]:
    record = require_run(run)
    if record.model != require_model(unquote(model), clients.ledger()).model:
        raise unknown_run(unquote(run))
    if record.status is RunStatus.LIVE:
        raise live_release(record)
    return _removed(record)


def remove_data(run: str) -> Response[str]:
    return _removed(require_run(run))


def _removed(record: RunRecord) -> Response[str]:
    if not _remover().remove(record.run):
        raise still_in_progress(record)
    return json_answer(run_page(clients.ledger().get_run(record.run)))


def _remover() -> Remover:
    stack = clients.settings().stack
    return Remover(clients.ledger(), clients.storage(), clients.logs(), stack)


def remove_model(model: str) -> Response[str]:
    """The endpoint as `remove_endpoint` does it; once it is gone, everything that is left of the model."""
    ledger, stack = clients.ledger(), clients.settings().stack
    record = require_model(unquote(model), ledger)
    if active := ledger.find_run(record.active_run or ""):
        raise still_in_progress(active)
    with calls.booked_endpoint(record):
        delete_endpoint(record, ledger, clients.sagemaker(), stack)
    calls.predictor().forget(unquote(model))
    require_gone(record, clients.sagemaker())
    for batch in control().remove_all(record.model):
        raise stopping(batch)
    deletion = ModelDeletion(
        ledger, clients.storage(), clients.logs(), _remover(), stack
    )
    if not deletion.delete(record):
        raise claimed_meanwhile(record)
    return json_answer({"model": record.model, "deleted": True})
