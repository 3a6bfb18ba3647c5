"""What DescribeTrainingJob says, as the state machine and the run record want it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from contracts.outcomes import CheckTrainingOutcome
from contracts.run_record import Training
from functions.train.instances import lost_capacity


def job_outcome(
    job: dict[str, Any], training: Training, spot_wait_minutes: float
) -> CheckTrainingOutcome:
    if lost_capacity(job, spot_wait_minutes, training.abandoned_jobs):
        return CheckTrainingOutcome.NO_CAPACITY
    return _ENDED.get(job["TrainingJobStatus"], CheckTrainingOutcome.RUNNING)


_ENDED = {
    "Completed": CheckTrainingOutcome.COMPLETED,
    "Failed": CheckTrainingOutcome.FAILED,
    "Stopped": CheckTrainingOutcome.STOPPED,
}
"""TrainingJobStatus of a job that has ended -> the outcome."""


def with_progress(training: Training, job: dict[str, Any]) -> Training:
    """`training` with what changes while a job runs: phase, the last value of every metric, seconds, interruptions.

    What the job's description does not say stays as it was.
    """
    transitions = job.get("SecondaryStatusTransitions", [])
    interruptions = sum(
        transition["Status"] == "Interrupted" for transition in transitions
    )
    return replace(
        training,
        phase=job.get("SecondaryStatus", training.phase),
        metrics=_described_metrics(job) or training.metrics,
        seconds=job.get("TrainingTimeInSeconds", training.seconds),
        billable_seconds=job.get("BillableTimeInSeconds", training.billable_seconds),
        failure_reason=job.get("FailureReason", training.failure_reason),
        interruptions=interruptions or training.interruptions,
    )


def _described_metrics(job: dict[str, Any]) -> dict[str, float]:
    """Metric -> its last value, by name; without those that are no finite number."""
    values = {
        item["MetricName"]: float(item["Value"])
        for item in job.get("FinalMetricDataList", [])
    }
    return {
        name: values[name] for name in sorted(values) if math.isfinite(values[name])
    }


def hides_metrics(job: dict[str, Any]) -> bool:
    """Whether the job trains and its description tells no metric, so that only its log can."""
    return (
        job.get("SecondaryStatus") == "Training"
        and bool(_definitions(job))
        and not job.get("FinalMetricDataList")
    )


def logged_metrics(job: dict[str, Any], lines: Sequence[str]) -> dict[str, float]:
    """The last value of every metric that the job's definitions find in the lines, oldest line first."""
    metrics: dict[str, float] = {}
    for definition in _definitions(job):
        value = _last_value(re.compile(definition["Regex"]), lines)
        if value is not None and math.isfinite(value):
            metrics[definition["Name"]] = value
    return metrics


def _last_value(pattern: re.Pattern[str], lines: Sequence[str]) -> float | None:
    for line in reversed(lines):
        if match := pattern.search(line):
            return float(match.group(1))
    return None


def _definitions(job: dict[str, Any]) -> list[dict[str, str]]:
    return list(job.get("AlgorithmSpecification", {}).get("MetricDefinitions", []))
