"""Passes on what a job wrote for people: its report, its model card."""

from __future__ import annotations

from functions.adapters.storage import Storage
from functions.api.errors import no_document
from functions.api.views import DOCUMENTS
from functions.common.records import Run


def document(run: Run, name: str, storage: Storage) -> str:
    """Raises a 404 where the run has left none, or it is gone."""
    key = f"models/{run['run']}/{DOCUMENTS[name]}"
    if name not in run or not storage.exists(key):
        raise no_document(run, name)
    return storage.read_bytes(key).decode("utf-8", "replace")
