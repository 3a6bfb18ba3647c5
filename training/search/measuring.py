"""One trial of a search: a training, and how good its model is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.fine_tuning.fine_tune import fine_tune
from training.fine_tuning.memory import free_memory, predict_with_retry
from training.search.validation_part import Parts

if TYPE_CHECKING:
    from training.fine_tuning.checkpoints import StopSignal
    from training.inputs.job_inputs import Job


def trained_and_measured(job: Job, parts: Parts, stop: StopSignal) -> float:
    """The gate's metric on the validation part, of a model that learns the job's training rows."""
    value = _metric_of_trained(job, parts, stop)
    free_memory()
    return value


def _metric_of_trained(job: Job, parts: Parts, stop: StopSignal) -> float:
    trained = fine_tune(job, stop)
    predictions = predict_with_retry(
        lambda arguments: job.recipe.trainer.predict(
            trained.model, trained.tokenizer, parts.validation, arguments
        ),
        trained.arguments,
    )
    metrics = job.recipe.scorer.metrics(predictions, parts.validation)
    return metrics[job.gate_metric]
