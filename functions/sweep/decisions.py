"""What the sweep decides: which runs lost their workflow, and which drops never got one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.model_record import Drop
from contracts.run_record import RunRecord
from functions.common.drop import (
    DropFile,
    DropLocation,
    StoredObject,
    files_of,
    fingerprint_of,
    locate,
    seconds_until_quiet,
)

_SLACK = timedelta(seconds=60)
"""S3 keeps whole seconds and another clock."""


@dataclass(frozen=True)
class Waiting:
    """A drop without a run; `key` is the one that an event would name."""

    drop: Drop
    prefix: str
    key: str
    newest: datetime


def interruption(run: RunRecord, status: str | None) -> str | None:
    """What to say of a run in progress whose execution has this status; None where it still runs."""
    if status == "RUNNING":
        return None
    if status == "SUCCEEDED":
        return f"the workflow of run {run.run} ended without ending the run"
    return f"the workflow was interrupted ({status or 'NOT FOUND'})"


def quiet_drops(
    objects: Iterable[StoredObject], now: datetime, settle_seconds: int
) -> list[Waiting]:
    """Every model's drop that no file has joined for `settle_seconds`."""
    by_place: dict[DropLocation, list[StoredObject]] = defaultdict(list)
    for item in objects:
        if place := locate(item.key):
            by_place[place].append(item)
    drops = ((place, files_of(place, objects)) for place, objects in by_place.items())
    return [
        _waiting(place, files)
        for place, files in drops
        if files and not seconds_until_quiet(files, now, settle_seconds)
    ]


def _waiting(place: DropLocation, files: Sequence[DropFile]) -> Waiting:
    newest = max(files, key=lambda file: file.stored.last_modified).stored
    return Waiting(
        fingerprint_of(place.model, files),
        place.prefix,
        newest.key,
        newest.last_modified,
    )


def is_newer(waiting: Waiting, last_run: RunRecord | None) -> bool:
    """Whether a file came after the model's last run began: what was only deleted since then starts nothing."""
    return (
        last_run is None
        or waiting.newest > datetime.fromisoformat(last_run.started_at) - _SLACK
    )
