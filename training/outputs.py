"""What a job leaves besides the model: evaluation, verification, model card and report."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.evaluation import Evaluation
from contracts.locations import EVALUATION, MODEL_CARD, VERIFICATION
from contracts.verification import Verification
from training import report, row_tables
from training.common.log import say
from training.common.types import Json
from training.inputs.hyperparameters import used_arguments
from training.inputs.job_inputs import Job
from training.model_card import CardInfo, model_card
from training.packaging.verification import verification_requests
from training.recipes.base import Predictions
from training.report import facts

if TYPE_CHECKING:
    from training.fine_tuning.fine_tune import TrainedModel


def write(
    job: Job,
    trained: TrainedModel,
    evaluation: Evaluation,
    verification: Verification,
    predictions: Predictions,
) -> None:
    """Writes everything; the model card goes beside the model, too. `predictions` are of the held-out rows."""
    folder = job.paths.output_data
    arguments = _used_arguments(job, trained)
    card = model_card(
        evaluation, CardInfo(job.title, job.base_name, arguments, job.spec.run)
    )
    folder.mkdir(parents=True, exist_ok=True)
    sources = row_tables.read_sources(job.paths.test, len(job.test))
    evaluation = row_tables.with_sources(evaluation, sources)
    row_tables.write_tables(job, predictions, sources)
    for directory in (job.paths.model, folder):
        (directory / MODEL_CARD).write_text(card, "utf-8")
    report.write(folder, lambda: _report_facts(job, trained, evaluation, predictions))
    write_documents(folder, evaluation, verification)


def write_documents(
    folder: Path, evaluation: Evaluation, verification: Verification
) -> None:
    """What the functions read of a job."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in ((EVALUATION, evaluation), (VERIFICATION, verification)):
        text = json.dumps(document.write(), indent=2, ensure_ascii=False)
        (folder / name).write_text(text, "utf-8")
    say("Done")


def _used_arguments(job: Job, trained: TrainedModel) -> dict[str, Json]:
    return used_arguments(
        trained.arguments, job.recipe.task, has_validation=bool(job.validation)
    )


def _report_facts(
    job: Job, trained: TrainedModel, evaluation: Evaluation, predictions: Predictions
) -> report.Facts:
    task = job.recipe.task
    splits = {"train": job.train, "validation": job.validation, "test": job.test}
    requests = (
        [job.spec.example]
        if job.has_own_hooks
        else verification_requests(job.recipe.served, job.test)
    )
    return report.Facts(
        job.title,
        task.title,
        evaluation,
        run=job.spec.run,
        base_model=job.base_name,
        hyperparameters=_used_arguments(job, trained),
        profile=facts.Profile.of(task, splits, trained.cut_share),
        points=facts.Points.of(job.recipe, predictions, job.test),
        request=min(requests, key=lambda request: len(str(request))),
        machine=facts.machine(os.environ),
        files=[file.key.rpartition("/")[2] for file in job.spec.files],
        inspection_warnings=job.spec.warnings,
        made_at=datetime.now(UTC),
    )
