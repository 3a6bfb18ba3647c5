"""The views of what a run's job wrote for people: report, model card and lists of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.event_handler import Response

from contracts import locations
from contracts.report_state import with_state
from contracts.run_record import RunRecord
from functions.adapters import clients
from functions.adapters.ledger import utc_now
from functions.api.calls import require_run
from functions.api.errors import no_document
from functions.common.documents import CONTENT_TYPES, DOCUMENT_FILES
from functions.releases.states import may_be_approved

if TYPE_CHECKING:
    # Loaded with boto3's S3 client only where a document is read: most calls of the API need neither.
    from functions.adapters.storage import Storage

DOCUMENT_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"
}
"""Nothing in a document is run or fetched, whoever wrote it."""


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
