"""Which instance type to ask for next, and when asking has become pointless."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contracts.run_record import RefusedInstance

TRIES_KEPT = 20
_NO_QUOTA = re.compile(r"\bis 0 Instances", re.IGNORECASE)
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
    """Whether the account's quota for every type is zero, so that no waiting helps."""
    without_quota = {
        refusal.instance_type for refusal in refusals if _NO_QUOTA.search(refusal.reason)
    }
    return without_quota >= set(types)


def is_expired(
    queued_since: str | None, waited_seconds: float, max_hours: float, now: datetime
) -> bool:
    """Whether a run has waited for an instance as long as it may."""
    since = (now - datetime.fromisoformat(queued_since)).total_seconds() if queued_since else 0.0
    return max(since, waited_seconds) >= max_hours * 3600
