"""Which instance type to ask for next, and when asking has become pointless."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.run_record import RefusedInstance

TRIES_KEPT = 20
_NO_QUOTA = re.compile(r"\bis 0 Instances", re.IGNORECASE)
_QUOTA_NAME = re.compile(r"service limit '([^']*)'", re.IGNORECASE)
_IN_USE = re.compile(r"training job usage$|across all training jobs$", re.IGNORECASE)
"""Names of quotas that other jobs use up, and give back when they end; those of a job's own size stay as they are."""
_CAPACITY = re.compile(r"CapacityError|insufficient capacity|unable to provision", re.IGNORECASE)


def in_order(types: Sequence[str], refused: str | None) -> list[str]:
    """All types, beginning after the one that was refused last."""
    if refused not in types:
        return list(types)
    start = types.index(refused) + 1
    return [*types[start:], *types[:start]]


def lost_capacity(job: dict[str, Any]) -> bool:
    """Whether a described job failed only because no instance was to be had."""
    return job["TrainingJobStatus"] == "Failed" and bool(
        _CAPACITY.search(job.get("FailureReason", ""))
    )


def is_pointless(refusals: Sequence[RefusedInstance], types: Sequence[str]) -> bool:
    """Whether no waiting helps: for every type the quota is zero, or one of the job's own size or time is too small."""
    hopeless = {refusal.instance_type for refusal in refusals if not _waiting_helps(refusal.reason)}
    return hopeless >= set(types)


def _waiting_helps(reason: str) -> bool:
    quota = _QUOTA_NAME.search(reason)
    is_in_use = quota is None or bool(_IN_USE.search(quota[1]))
    return is_in_use and not _NO_QUOTA.search(reason)


def is_expired(
    queued_since: str | None, waited_seconds: float, max_hours: float, now: datetime
) -> bool:
    """Whether a run has waited for an instance as long as it may."""
    since = (now - datetime.fromisoformat(queued_since)).total_seconds() if queued_since else 0.0
    return max(since, waited_seconds) >= max_hours * 3600
