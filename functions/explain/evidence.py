"""A failed run's evidence, put together from its record and what was asked of AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from functions.common.records import Run
from functions.explain.diagnosis import Evidence

_MESSAGE = re.compile(r'"errorMessage"\s*:\s*"((?:[^"\\]|\\.)*)')
_AT_TRAINING = frozenset({"train", "judge", "workflow"})
_AT_ENDPOINT = frozenset({"deploy", "verify", "workflow"})


def message_of(cause: str) -> str:
    """The message inside the `Cause` that a state machine's Catch gives: JSON, perhaps cut off, or plain text."""
    try:
        parsed = json.loads(cause)
    except ValueError:
        match = _MESSAGE.search(cause)
        return match.group(1) if match else cause
    return str(parsed.get("errorMessage", cause)) if isinstance(parsed, dict) else cause


def wants_job_log(step: str, record: Run) -> bool:
    return step in _AT_TRAINING and "job" in record.get("training", {}) and "deployment" not in record


def wants_endpoint_log(step: str, record: Run) -> bool:
    return step in _AT_ENDPOINT and "deployment" in record


def evidence_of(
    event: Mapping[str, Any], record: Run, job: Mapping[str, Any] | None, log_tail: Sequence[str]
) -> Evidence:
    """`event` is what Explain was called with, `job` a described training job where the failure may lie in it."""
    step, error = str(event.get("step") or "workflow"), str(event.get("error") or "")
    training, deployment = record.get("training", {}), record.get("deployment", {})
    at_training, at_endpoint = job is not None and step == "train", step in _AT_ENDPOINT
    phase = str(job.get("SecondaryStatus", "")) if job and at_training else ""
    reason = (
        (job or {}).get("FailureReason", "") if at_training else deployment.get("reason", "") if at_endpoint else ""
    )
    return Evidence(
        step=step,
        error=error,
        message=message_of(str(event.get("cause") or "")),
        reason=str(reason),
        phase=phase,
        stopped=bool(at_training and job and job["TrainingJobStatus"] in {"Stopped", "Stopping"}),
        refusals=() if error or step != "train" or "job" in training else _refusals(training.get("tries", [])),
        rolled_back=step == "deploy" and deployment.get("endpoint_status") == "InService" and not error,
        difference=str((deployment.get("verification") or {}).get("difference") or "") if step == "verify" else "",
        log_tail=list(log_tail),
    )


def _refusals(tries: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """The last refusal of every type."""
    latest = {refusal["instance_type"]: refusal["reason"] for refusal in tries}
    return tuple(f"{instance_type}: {reason.rstrip('.')}" for instance_type, reason in latest.items())
