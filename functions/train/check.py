"""Describes a run's training job and records its progress where that has changed.

A job that cannot be looked at goes on all the same: whatever AWS refuses here is `unknown`, and no verdict.
A job's description may tell its metrics only when it has ended; until then they are read from the end of its log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from contracts.outcomes import CheckTrainingOutcome
from contracts.run_record import RunRecord, Training
from functions.adapters.errors import AwsError
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.logs import Logs
from functions.adapters.sagemaker import Description, SageMaker
from functions.common.lambda_handler import Result
from functions.common.settings import Settings
from functions.common.times import age_seconds
from functions.common.unknown import not_seen
from functions.train.instances import spot_wait_is_over
from functions.train.progress import (
    hides_metrics,
    job_outcome,
    logged_metrics,
    with_progress,
)

MAX_RUNTIME_SECONDS = 28 * 86_400
"""SageMaker's own limit."""
SLACK_SECONDS = 6 * 3600
"""For the instance to come, and for downloads and uploads, which no limit counts."""


OnEnd = Callable[[RunRecord, Description], object]


class JobMissingError(RuntimeError):
    """The ledger names a training job that SageMaker does not know: jobs are never deleted, so it will again."""


def check(
    run: str,
    ledger: Ledger,
    sagemaker: SageMaker,
    logs: Logs,
    now: Callable[[], datetime] = utc_now,
    *,
    on_end: OnEnd | None = None,
    spot_wait_minutes: float = Settings.spot_wait_minutes,
) -> Result:
    """Stops a spot job that has waited too long for an instance; once it is stopped, that is lost capacity.

    `on_end` is called with the run and the description of a job that runs no more.
    """
    try:
        return _look(
            run,
            ledger,
            sagemaker,
            logs,
            now(),
            on_end=on_end,
            spot_wait_minutes=spot_wait_minutes,
        )
    except (AwsError, JobMissingError) as error:
        return not_seen(CheckTrainingOutcome.UNKNOWN, error)


def _look(
    run: str,
    ledger: Ledger,
    sagemaker: SageMaker,
    logs: Logs,
    now: datetime,
    *,
    on_end: OnEnd | None,
    spot_wait_minutes: float,
) -> Result:
    record = ledger.get_run(run)
    training = record.training
    job = sagemaker.job(training.job)
    if job is None:
        raise JobMissingError(
            f"expected the training job {training.job!r}; SageMaker has none of that name"
        )
    current = with_progress(training, job)
    if hides_metrics(job):
        current = _with_logged_metrics(job, training, current, logs)
    gives_up = job["TrainingJobStatus"] == "InProgress" and spot_wait_is_over(
        job, spot_wait_minutes, now
    )
    if gives_up and training.job not in training.abandoned_jobs:
        # Noted first: it may get its instance before it is stopped, and look like a job that somebody else stopped.
        current = replace(
            current, abandoned_jobs=(*training.abandoned_jobs, training.job)
        )
    if current != training:
        ledger.record(run, training=current)
    if gives_up:
        sagemaker.stop_job(training.job)
    outcome = job_outcome(job, current, spot_wait_minutes)
    if on_end is not None and outcome is not CheckTrainingOutcome.RUNNING:
        on_end(record, job)
    return {
        "outcome": outcome,
        "age_seconds": age_seconds(job["CreationTime"], now),
        "limit_seconds": _limit_seconds(job),
    }


def _limit_seconds(job: Description) -> int:
    """From a job's creation on, how long it can be running at most: then SageMaker itself has stopped it."""
    condition = job.get("StoppingCondition", {})
    longest = max(
        condition.get("MaxWaitTimeInSeconds", 0),
        condition.get("MaxRuntimeInSeconds", MAX_RUNTIME_SECONDS),
    )
    return int(longest) + SLACK_SECONDS


def _with_logged_metrics(
    job: Description, before: Training, current: Training, logs: Logs
) -> Training:
    """With metrics from the end of the job's log; the name of its stream is kept, so that it is looked up only once."""
    same_machine = before.interruptions == current.interruptions
    stream = (before.log_stream if same_machine else None) or logs.stream_of_job(
        job["TrainingJobName"]
    )
    if not stream:
        return current
    metrics = {**before.metrics, **logged_metrics(job, logs.latest(stream))}
    return replace(current, log_stream=stream, metrics=metrics)
