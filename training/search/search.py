"""Searches the hyperparameters of a job: trains it several times, then leaves the best arguments for its training.

Trials are judged on a validation part, never on the held-out rows. A trial that was interrupted is run again, those
before it are not.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.evaluation import SearchFacts, Trial
from contracts.spec import Search
from training.common.errors import HyperparameterError, Interrupted
from training.common.log import say
from training.fine_tuning.fine_tune import fine_tune
from training.fine_tuning.fingerprint import fingerprint
from training.fine_tuning.memory import free_memory, predict_with_retry
from training.inputs.base_model import source_of
from training.search.candidates import Candidate, candidates
from training.search.trial_log import TrialLog
from training.search.validation_part import Parts, hold_out

if TYPE_CHECKING:
    from training.fine_tuning.checkpoints import StopSignal
    from training.inputs.job_inputs import Job

MAX_REASON_CHARACTERS = 300


@dataclass(frozen=True)
class SearchedJob:
    """The job with the best arguments, and the table of trials; the job as it was where nothing was searched."""

    job: Job
    facts: SearchFacts | None = None


def require_one_process(processes: int) -> None:
    """Raises `HyperparameterError`."""
    if processes > 1:
        raise HyperparameterError(
            f"search: expected a job of one process; found {processes}, one a GPU. Choose an instance type with one "
            "GPU, such as ml.g5.xlarge, or remove search."
        )


def search(job: Job, settings: Search, stop: StopSignal) -> SearchedJob:
    """Raises `Interrupted` after SIGTERM, `HyperparameterError` in a job of several processes."""
    require_one_process(int(os.environ.get("WORLD_SIZE") or 1))

    def measure(trial: Job, parts: Parts) -> float:
        return _trained_and_measured(trial, parts, stop)

    return search_by(measure, job, settings, stop)


def search_by(
    measure: Callable[[Job, Parts], float],
    job: Job,
    settings: Search,
    stop: StopSignal,
) -> SearchedJob:
    """`measure` trains a job on the first of two parts, and gives the gate's metric on the second."""
    planned = candidates(settings, job.arguments)
    log = TrialLog(job.paths.checkpoints, _fingerprint(job, settings))
    if log.trials:
        say(f"Going on with the search after {len(log.trials)} trials")
    parts = _parts(job)
    reason = ""
    for number, candidate in enumerate(planned[len(log.trials) :], len(log.trials) + 1):
        reason = _budget_is_spent(log, settings)
        if reason:
            break
        log.add(_try(job, candidate, parts, measure, stop))
        say(f"Trial {number} of {settings.trials}: {_described(log.trials[-1], job)}")
        if stop.received:
            raise Interrupted
        stop.next_training()
    facts = SearchFacts(
        metric=job.gate_metric,
        rows=len(parts.validation),
        planned=settings.trials,
        trials=log.trials,
        best=_best(log.trials),
        reason=reason or None,
    )
    if facts.best is None:
        return SearchedJob(job, facts)
    say(f"The best of {len(log.trials)} trials is trial {facts.best + 1}")
    return SearchedJob(with_candidate(job, planned[facts.best]), facts)


def with_candidate(job: Job, candidate: Candidate) -> Job:
    """The job with these arguments, and with the base model where it is another."""
    if not candidate.base_model:
        return replace(job, arguments=candidate.arguments)
    return replace(
        job,
        arguments=replace(candidate.arguments, base_model=candidate.base_model),
        base=source_of(None, candidate.base_model),
        paths=replace(job.paths, base=None),
    )


def _fingerprint(job: Job, settings: Search) -> dict[str, str]:
    marks = fingerprint(job.arguments, job.spec, job.paths, rows_per_step=0)
    return marks | {"search": json.dumps(settings.write(), sort_keys=True)}


def _parts(job: Job) -> Parts:
    if job.validation:
        return Parts(job.train, job.validation)
    return hold_out(job.train, job.recipe.task, job.arguments.seed)


def _try(
    job: Job,
    candidate: Candidate,
    parts: Parts,
    measure: Callable[[Job, Parts], float],
    stop: StopSignal,
) -> Trial:
    """One trial; one that fails, as at a rate that is too high, is a trial without a value."""
    value, reason = None, None
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="trial-") as folder:
        trial_job = with_candidate(job, candidate)
        # Its checkpoints are not kept: an interrupted trial starts anew.
        paths = replace(trial_job.paths, checkpoints=Path(folder))
        try:
            value = measure(replace(trial_job, train=parts.train, paths=paths), parts)
        except Exception as error:
            reason = str(error)[:MAX_REASON_CHARACTERS] or type(error).__name__
            stop.next_training()
    return Trial(
        learning_rate=candidate.arguments.learning_rate,
        epochs=candidate.arguments.epochs,
        base_model=candidate.base_model or job.base_name,
        value=value,
        seconds=round(time.monotonic() - started, 1),
        reason=reason,
    )


def _budget_is_spent(log: TrialLog, settings: Search) -> str:
    """Why no further trial starts, as a sentence: it would take longer than what is left. Empty where one does."""
    if settings.budget_minutes is None or not log.trials:
        return ""
    expected = log.seconds / len(log.trials)
    if log.seconds + expected <= settings.budget_minutes * 60:
        return ""
    return f"Another trial would have taken longer than budget_minutes ({settings.budget_minutes:g}) allows."


def _best(trials: Sequence[Trial]) -> int | None:
    """The number of the best trial, the first of equals; None where all failed."""
    best, highest = None, -math.inf
    for number, trial in enumerate(trials):
        if trial.value is not None and trial.value > highest:
            best, highest = number, trial.value
    return best


def _described(trial: Trial, job: Job) -> str:
    settings = f"learning_rate {trial.learning_rate:g}, epochs {trial.epochs:g}, {trial.base_model}"
    if trial.value is None:
        return f"{settings}: it failed ({trial.reason})"
    return f"{settings}: {job.gate_metric} {trial.value:.4f} in {trial.seconds:.0f} s"


def _trained_and_measured(job: Job, parts: Parts, stop: StopSignal) -> float:
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
