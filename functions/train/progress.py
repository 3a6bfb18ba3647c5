"""What DescribeTrainingJob says, as the state machine and the run record want it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any, Literal

from functions.train.instances import lost_capacity

JobOutcome = Literal["running", "completed", "failed", "stopped", "no_capacity"]


def job_outcome(job: dict[str, Any]) -> JobOutcome:
    if lost_capacity(job):
        return "no_capacity"
    status = job["TrainingJobStatus"]
    ended: dict[str, JobOutcome] = {"Completed": "completed", "Failed": "failed", "Stopped": "stopped"}
    return ended.get(status, "running")


def job_progress(job: dict[str, Any]) -> dict[str, Any]:
    """The facts that change while a job runs: phase, last value of every metric, seconds, spot interruptions."""
    metrics = {item["MetricName"]: float(item["Value"]) for item in job.get("FinalMetricDataList", [])}
    interruptions = [each for each in job.get("SecondaryStatusTransitions", []) if each["Status"] == "Interrupted"]
    facts: dict[str, Any] = {
        "phase": job.get("SecondaryStatus"),
        "metrics": {name: value for name, value in sorted(metrics.items()) if math.isfinite(value)} or None,
        "seconds": job.get("TrainingTimeInSeconds"),
        "billable_seconds": job.get("BillableTimeInSeconds"),
        "failure_reason": job.get("FailureReason"),
        "interruptions": len(interruptions) or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def hides_metrics(job: dict[str, Any]) -> bool:
    """Whether the job trains and its description tells no metric, so that only its log can."""
    return job.get("SecondaryStatus") == "Training" and bool(_definitions(job)) and not job.get("FinalMetricDataList")


def logged_metrics(job: dict[str, Any], lines: Sequence[str]) -> dict[str, float]:
    """The last value of every metric that the job's definitions find in the lines, oldest line first."""
    found: dict[str, float] = {}
    for definition in _definitions(job):
        pattern = re.compile(definition["Regex"])
        match = next((match for line in reversed(lines) if (match := pattern.search(line))), None)
        if match and math.isfinite(value := float(match.group(1))):
            found[definition["Name"]] = value
    return found


def _definitions(job: dict[str, Any]) -> list[dict[str, str]]:
    return list(job.get("AlgorithmSpecification", {}).get("MetricDefinitions", []))
