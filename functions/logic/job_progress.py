"""What DescribeTrainingJob says, as the state machine and the run record want it."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Literal

from functions.logic.instances import lost_capacity

JobOutcome = Literal["running", "completed", "failed", "stopped", "no_capacity"]


def job_outcome(job: dict[str, Any]) -> JobOutcome:
    if lost_capacity(job):
        return "no_capacity"
    status = job["TrainingJobStatus"]
    ended: dict[str, JobOutcome] = {"Completed": "completed", "Failed": "failed", "Stopped": "stopped"}
    return ended.get(status, "running")


def job_progress(job: dict[str, Any]) -> dict[str, Any]:
    """The facts that change while a job runs: phase, last value of every metric, seconds."""
    metrics = {item["MetricName"]: float(item["Value"]) for item in job.get("FinalMetricDataList", [])}
    facts: dict[str, Any] = {
        "phase": job.get("SecondaryStatus"),
        "metrics": {name: value for name, value in sorted(metrics.items()) if math.isfinite(value)},
        "seconds": job.get("TrainingTimeInSeconds"),
        "billable_seconds": job.get("BillableTimeInSeconds"),
        "failure_reason": job.get("FailureReason"),
    }
    return {name: value for name, value in facts.items() if value is not None}


def age_seconds(since: datetime | str, now: datetime) -> int:
    """Whole seconds since a moment, never negative."""
    moment = datetime.fromisoformat(since) if isinstance(since, str) else since
    return max(0, int((now - moment).total_seconds()))
