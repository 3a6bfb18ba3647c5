"""Why a job is cut short, and how it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class StopReason(Enum):
    """Why a job is cut short. The value is its secondary status."""

    REQUEST = "Stopped"
    MAX_RUNTIME = "MaxRuntimeExceeded"
    MAX_WAIT = "MaxWaitTimeExceeded"
    SHUTDOWN = "Interrupted"


@dataclass(frozen=True)
class JobResult:
    """How a job ends."""

    status: str
    secondary_status: str
    failure_reason: str | None = None


@dataclass(frozen=True)
class Exit:
    """How a job's last program ended."""

    code: int
    command: Sequence[str]
