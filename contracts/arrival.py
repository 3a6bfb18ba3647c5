"""A drop that waits for a run, as the ledger keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from contracts.documents import Record

MAX_TRIES = 3
"""Executions that are started for the same files. Another event of the drop makes it as many again."""


@dataclass(frozen=True)
class Arrival(Record):
    """Files have come below `prefix` that no run has claimed yet."""

    document: ClassVar[str] = "arrival"

    model: str
    prefix: str
    """`datasets/<model>/`, or the key of a file that lies directly in `datasets/`."""
    key: str
    """The file of the newest event."""
    arrived_at: str
    """Time of the newest event, ISO 8601 in UTC."""
    generation: int
    """Grows with every batch of events: who has looked at the drop may end the wait only if none came meanwhile."""
    tries: int = 0
    """Executions that were started for it since the newest event."""
    watcher: str | None = None
    """Name of the execution that is to look at the drop."""
    watched_key: str | None = None
    """The key that the watcher is started with, so that a second start is the same start."""
