"""Which run belongs to what lies in a model's folder now: `watch` must follow that one, and no earlier one."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli.errors import CommandError
from contracts import locations
from contracts.run_record import IN_PROGRESS
from functions.common.drop import StoredObject, files_of, fingerprint_of, locate
from functions.common.names import run_name
from traindrop import ApiError, Client, RunLine

POLL_SECONDS = 1.0
WAIT_SECONDS = 20 * 60.0
"""The sweep, which starts what no event started, comes every 15 minutes."""
LISTING_SECONDS = 20.0
"""How often the folder is listed again while its run is waited for."""
SLOW_SECONDS = 60.0
"""After this long the user reads why it may take longer."""


@dataclass(frozen=True)
class DropState:
    """The files of a model's folder, which decide the names of their runs; `newest` is the last upload."""

    model: str
    fingerprint: str
    newest: datetime

    def is_of(self, run: str) -> bool:
        """Whether a run of this name was made from these files, in any attempt."""
        base = run_name(self.model, self.fingerprint, 1)
        attempt = run.removeprefix(f"{base}-")
        return run == base or (attempt != run and attempt.isdecimal())


def list_objects(s3: Any, bucket: str, prefix: str) -> list[StoredObject]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    objects = []
    for page in pages:
        for item in page.get("Contents", ()):
            objects.append(
                StoredObject(
                    item["Key"],
                    item["Size"],
                    item["ETag"].strip('"'),
                    "",
                    item["LastModified"],
                )
            )
    return objects


def drop_state(s3: Any, bucket: str, model: str) -> DropState | None:
    """None where the folder holds no file of a drop."""
    prefix = locations.drop_prefix(model)
    place = locate(f"{prefix}data")
    files = files_of(place, list_objects(s3, bucket, prefix)) if place else []
    if not files:
        return None
    drop = fingerprint_of(model, files)
    newest = max(file.stored.last_modified for file in files)
    return DropState(model, drop.fingerprint, newest)


@dataclass
class RunSearch:
    """Waits for the run of a folder's files. `note` is called with what the user should know meanwhile."""

    api: Client
    look: Callable[[], DropState | None]
    """The folder as it is at this moment."""
    note: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def find(self, state: DropState, earlier: Collection[str] = ()) -> str:
        """The run of these files that is not one of `earlier`; of files that are live already, the live one.

        Raises `CommandError` where the files have changed meanwhile, or no run comes.
        """
        started = listed = self.clock()
        notes: set[str] = set()
        while True:
            lines = self.api.runs(state.model)
            if run := self._current(state, lines, earlier):
                return run
            now = self.clock()
            if now - listed >= LISTING_SECONDS:
                listed = now
                self._require_unchanged(state)
            for text in _waiting_notes(state, lines, now - started):
                if text not in notes:
                    notes.add(text)
                    self.note(text)
            if now - started > WAIT_SECONDS and not _active(lines):
                raise CommandError(
                    f"expected a run of the files of {state.model!r} within {WAIT_SECONDS / 60:.0f} minutes; found "
                    "none. See what the stack did with them: traindrop logs inspect."
                )
            self.sleep(POLL_SECONDS)

    def _current(
        self, state: DropState, lines: Sequence[RunLine], earlier: Collection[str]
    ) -> str | None:
        """The newest run of these files, unless it is an older one, of an earlier upload."""
        newest = next((line for line in lines if state.is_of(line.run)), None)
        if newest is None:
            return None
        if newest.run not in earlier and not _is_before(newest, state):
            return newest.run
        # The same files again start no run while one of them is in progress, or live.
        if newest.status in IN_PROGRESS or newest.run == self._champion(state.model):
            return newest.run
        return None

    def _champion(self, model: str) -> str | None:
        try:
            return self.api.model(model).champion
        except ApiError as error:
            if error.is_not_found:
                return None
            raise

    def _require_unchanged(self, state: DropState) -> None:
        current = self.look()
        if current is None or current.fingerprint != state.fingerprint:
            raise CommandError(
                f"expected the files of {state.model!r} as they were uploaded; found others: somebody changed the "
                f"folder meanwhile. Follow what comes of it: traindrop watch {state.model}."
            )


def _is_before(line: RunLine, state: DropState) -> bool:
    """Whether the run is of an earlier upload of the same files. S3 tells whole seconds, rounded down."""
    started = datetime.fromisoformat(line.started_at)
    return started < state.newest.astimezone(UTC)


def _active(lines: Sequence[RunLine]) -> RunLine | None:
    return next((line for line in lines if line.status in IN_PROGRESS), None)


def _waiting_notes(
    state: DropState, lines: Sequence[RunLine], waited: float
) -> list[str]:
    notes = ["waiting until no more files come …"]
    active = _active(lines)
    if active and not state.is_of(active.run):
        notes.append(
            f"{active.run} of the same model is in progress ({active.status}): these files come after it"
        )
    elif waited > SLOW_SECONDS:
        notes.append(
            "still no run: in the first minutes after a deployment the sweep starts it, within 15 minutes"
        )
    return notes
