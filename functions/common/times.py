"""Moments and durations."""

from __future__ import annotations

from datetime import datetime


def age_seconds(since: datetime | str, now: datetime) -> int:
    """Whole seconds since a moment, never negative."""
    moment = datetime.fromisoformat(since) if isinstance(since, str) else since
    return max(0, int((now - moment).total_seconds()))
