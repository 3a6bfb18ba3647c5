"""What the sweep decides: which runs lost their workflow, and which drops never got one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.run_record import Drop, RunRecord
from functions.common.drop import (
    DropFile,
    DropLocation,
    StoredObject,
    files_of,
    fingerprint_of,
    locate,
    seconds_until_quiet,
)
from functions.common.names import slug

_SLACK = timedelta(seconds=60)
"""S3 keeps whole seconds and another clock."""
NAME_LIMIT = 80


@dataclass(frozen=True)
class Waiting:
    """A drop without a run; `key` is the one that an event would name."""

    drop: Drop
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
    return Waiting(fingerprint_of(place.model, files), newest.key, newest.last_modified)


def is_newer(waiting: Waiting, last_run: RunRecord | None) -> bool:
    """Whether a file came after the model's last run began: what was only deleted since then starts nothing."""
    return (
        last_run is None
        or waiting.newest > datetime.fromisoformat(last_run.started_at) - _SLACK
    )


def models_of(events: Iterable[Mapping[str, Any]]) -> set[str]:
    """The models that these executions' events are about."""
    keys = (
        event.get("detail", {}).get("object", {}).get("key", "") for event in events
    )
    return {place.model for key in keys if (place := locate(key))}


def event_of(bucket: str, key: str) -> dict[str, Any]:
    """What EventBridge would have said of the upload."""
    return {
        "source": "traindrop.sweep",
        "detail-type": "Object Created",
        "detail": {
            "bucket": {"name": bucket},
            "object": {"key": key},
            "reason": "Sweep",
        },
    }


def execution_name(waiting: Waiting, attempt: int) -> str:
    """The same for the same files, so that a drop which ends without a run is not looked at again and again."""
    digest = (
        re.sub(r"[^0-9a-f]", "", waiting.drop.fingerprint)[:12]
        + re.sub(r"\W", "", waiting.drop.versions)[:12]
    )
    return f"sweep-{slug(waiting.drop.model, 24)}-{digest}-{attempt}"[:NAME_LIMIT]
