"""Which instance type to ask for next, and when asking has become pointless."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from contracts.run_record import RefusedInstance

TRIES_KEPT = 20
_NO_QUOTA = re.compile(r"\bis 0 Instances", re.IGNORECASE)
_QUOTA_NAME = re.compile(r"service limit '([^']*)'", re.IGNORECASE)
_IN_USE = re.compile(r"training job usage$|across all training jobs$", re.IGNORECASE)
"""Names of quotas that other jobs use up, and give back when they end; those of a job's own size stay as they are."""
_CAPACITY = re.compile(
    r"CapacityError|insufficient capacity|unable to provision", re.IGNORECASE
)
_WAITING = frozenset({"Starting", "Pending", "Interrupted"})
_STOPPING = frozenset({"Stopping", "Stopped"})
"""Values of a job's secondary status."""


def in_order(types: Sequence[str], refused: str | None) -> list[str]:
    """All types, beginning after the one that was refused last."""
    if refused not in types:
        return list(types)
    start = types.index(refused) + 1
    return [*types[start:], *types[:start]]


def lost_capacity(
    job: dict[str, Any], spot_wait_minutes: float, abandoned: Collection[str]
) -> bool:
    """Whether a described job ended only because no instance was to be had.

    A job that was abandoned may have got its instance in the moment before it was stopped.
    """
    if job["TrainingJobStatus"] == "Stopped":
        was_abandoned = job["TrainingJobName"] in abandoned
        return was_abandoned or spot_wait_is_over(job, spot_wait_minutes)
    return job["TrainingJobStatus"] == "Failed" and bool(
        _CAPACITY.search(job.get("FailureReason", ""))
    )


def spot_wait_is_over(
    job: dict[str, Any], spot_wait_minutes: float, now: datetime | None = None
) -> bool:
    """Whether a spot job has waited for an instance as long as it may, now or when it was stopped.

    SageMaker itself leaves it waiting until MaxWaitTimeInSeconds, and never tries another instance type.
    """
    if not job.get("EnableManagedSpotTraining"):
        return False
    seconds = _waited_seconds(job.get("SecondaryStatusTransitions", []), now)
    return seconds is not None and seconds >= spot_wait_minutes * 60


def _waited_seconds(
    transitions: Sequence[dict[str, Any]], now: datetime | None
) -> float | None:
    """How long the job's last wait took, until `now` or until it was stopped; None where it did not wait last."""
    since, until = None, now
    for transition in reversed(transitions):
        if transition["Status"] in _STOPPING and since is None:
            until = transition["StartTime"]
        elif transition["Status"] in _WAITING:
            since = transition["StartTime"]
        else:
            break
    return (until - since).total_seconds() if since and until else None


def is_pointless(refusals: Sequence[RefusedInstance], types: Sequence[str]) -> bool:
    """Whether no waiting helps: for every type the quota is zero, or one of the job's own size or time is too small."""
    hopeless = {
        refusal.instance_type
        for refusal in refusals
        if not _waiting_helps(refusal.reason)
    }
    return hopeless >= set(types)


def _waiting_helps(reason: str) -> bool:
    quota = _QUOTA_NAME.search(reason)
    is_in_use = quota is None or bool(_IN_USE.search(quota[1]))
    return is_in_use and not _NO_QUOTA.search(reason)


def all_tried(refusals: Sequence[RefusedInstance] | None, types: Sequence[str]) -> bool:
    return {refusal.instance_type for refusal in refusals or ()} >= set(types)


def is_expired(
    queued_since: str | None, waited_seconds: float, max_hours: float, now: datetime
) -> bool:
    """Whether a run has waited for an instance as long as it may."""
    since = (
        (now - datetime.fromisoformat(queued_since)).total_seconds()
        if queued_since
        else 0.0
    )
    return max(since, waited_seconds) >= max_hours * 3600
