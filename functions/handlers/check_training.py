"""Describes a run's training job and records its progress where that has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from functions.aws import wiring
from functions.aws.ledger import Ledger, utc_now
from functions.aws.sagemaker import SageMaker
from functions.handlers.instrument import Event, Result, step
from functions.logic.job_progress import age_seconds, job_outcome, job_progress


class JobMissingError(RuntimeError):
    """The ledger names a training job that SageMaker does not know."""


def check(run: str, ledger: Ledger, sagemaker: SageMaker, now: Callable[[], datetime] = utc_now) -> Result:
    training = ledger.known(run).get("training", {})
    job = sagemaker.job(training["job"])
    if job is None:
        raise JobMissingError(f"expected the training job {training['job']!r}; SageMaker has none of that name")
    seen = training | job_progress(job)
    if seen != training:
        ledger.record(run, training=seen)
    return {"outcome": job_outcome(job), "age_seconds": age_seconds(job["CreationTime"], now())}


@step
def handler(event: Event) -> Result:
    return check(event["run"], wiring.ledger(), wiring.sagemaker())
