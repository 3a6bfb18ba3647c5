"""The models that are live, as the OpenAPI document describes them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from contracts.model_record import ModelRecord
from contracts.run_record import RunRecord
from deployment_modes import answers_later
from functions.adapters.ledger import Ledger
from functions.api.openapi_document import LiveModel
from functions.api.predictions import body_limit
from functions.common.example_request import example_request
from tasks import TASKS

MAX_MODELS = 100
"""Of very many, the first by name: each costs a read of its run."""
MAX_LABELS = 100


def live_models(ledger: Ledger) -> Iterator[LiveModel]:
    live = (model for model in ledger.models() if model.champion)
    for model in islice(live, MAX_MODELS):
        run = ledger.find_run(model.champion or "")
        if run is not None:
            yield _described(model, run)


def _described(model: ModelRecord, run: RunRecord) -> LiveModel:
    task = model.task if model.task in TASKS and not model.custom else None
    evaluation = run.evaluation
    labels = (evaluation.labels if evaluation else ()) or run.data.labels or ()
    count = (evaluation.label_count if evaluation else 0) or run.data.label_count
    is_complete = len(labels) == (count or len(labels)) <= MAX_LABELS
    return LiveModel(
        name=model.model,
        task=task,
        example=example_request(run.task, run.example, run.data.columns),
        max_body_bytes=body_limit(model),
        labels=labels if is_complete else (),
        answers_later=answers_later(model.mode),
    )
