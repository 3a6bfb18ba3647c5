"""What Inspect does with an upload, step by step.

place    the key tells the model, or that no drop is meant          -> ignored
settle   every file of the drop has been there for a while          -> arriving
claim    one run per content of the drop, one run per model         -> busy, duplicate
examine  every row is read, the task detected, every rule checked   -> rejected
publish  rows, spec and profile are written for the training job    -> ready
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from functions.aws.settings import Settings
from functions.logic.division import write_splits
from functions.logic.drop import DropFile, Place, StoredObject, files_of, fingerprint_of, place_of, seconds_until_quiet
from functions.logic.examination import Examination, examine
from functions.logic.forms import Plan, plan_of
from functions.logic.records import Claim, Drop, RunStatus
from functions.logic.snapshot import Snapshot, profile_of, record_of, snapshot_of, spec_of
from functions.logic.verdict import judged
from tasks import Problem

BUSY_SECONDS = 10
_RECORDED_FILES = 20

Answer = dict[str, Any]


class Storage(Protocol):
    """What inspection asks of the data bucket."""

    def list(self, prefix: str) -> list[StoredObject]: ...
    def open(self, key: str, version_id: str = "") -> BinaryIO: ...
    def upload_file(self, path: Path, key: str) -> None: ...
    def write_json(self, key: str, value: Any) -> None: ...


class Ledger(Protocol):
    """What inspection asks of the ledger."""

    def claim(self, drop: Drop, execution: str) -> Claim: ...
    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None: ...
    def end(self, run: str, status: RunStatus, **fields: Any) -> object: ...


@dataclass(frozen=True)
class Inspection:
    """Inspects drops; everything it touches is given to it."""

    storage: Storage
    ledger: Ledger
    settings: Settings
    now: Callable[[], datetime]

    def inspect(self, key: str, execution: str) -> Answer:
        """The answer of the Lambda: an outcome and what docs/architecture.md puts beside it."""
        place = place_of(key)
        files = files_of(place, self.storage.list(place.prefix)) if place else []
        if place is None or not files:
            return {"outcome": "ignored"}
        if wait := seconds_until_quiet(files, self.now(), self.settings.settle_seconds):
            return {"outcome": "arriving", "model": place.model, "wait_seconds": wait}
        return self._claim(place, files, execution)

    def _claim(self, place: Place, files: list[DropFile], execution: str) -> Answer:
        claim = self.ledger.claim(fingerprint_of(place.model, files), execution)
        answer: Answer = {"run": claim.run, "model": place.model}
        if claim.outcome == "busy":
            wait = max(1, min(BUSY_SECONDS, self.settings.settle_seconds))
            return answer | {"outcome": "busy", "wait_seconds": wait}
        if claim.outcome == "duplicate":
            return answer | {"outcome": "duplicate"}
        return answer | {"outcome": self._examine(place, files, claim.run)}

    def _examine(self, place: Place, files: list[DropFile], run: str) -> str:
        plan = place.problem or plan_of(files)
        if isinstance(plan, Problem):
            refused = Examination()
            refused.problems.add(plan)
            return self._reject(run, files, refused)
        with tempfile.TemporaryDirectory(prefix="drop-") as folder:
            return self._read(place.model, plan, run, Path(folder))

    def _read(self, model: str, plan: Plan, run: str, folder: Path) -> str:
        started = time.monotonic()
        found = examine(plan, self._open, folder)
        division = judged(plan, found)
        if division is None:
            return self._reject(run, plan.files, found)
        counts = write_splits(found.spools, division.routes, folder)
        seconds = time.monotonic() - started
        done = snapshot_of(run, model, plan, found=found, division=division, counts=counts, seconds=seconds)
        self._publish(done, folder)
        return "ready"

    def _open(self, file: DropFile) -> BinaryIO:
        return self.storage.open(file.stored.key, file.stored.version_id)

    def _reject(self, run: str, files: list[DropFile], found: Examination) -> str:
        self.ledger.end(
            run,
            "rejected",
            problems=found.problems.records(),
            problem_count=found.problems.count,
            warnings=found.warnings,
            data={"files": [file.name for file in files[:_RECORDED_FILES]], "rows_accepted": found.rows},
        )
        return "rejected"

    def _publish(self, snapshot: Snapshot, folder: Path) -> None:
        prefix = f"runs/{snapshot.run}"
        for split in snapshot.split_rows:
            self.storage.upload_file(folder / f"{split}.jsonl", f"{prefix}/data/{split}/rows.jsonl")
        self.storage.write_json(f"{prefix}/profile.json", profile_of(snapshot))
        self.storage.write_json(f"{prefix}/spec.json", spec_of(snapshot, self.settings))
        task = snapshot.detection.task.name
        self.ledger.record(snapshot.run, task=task, data=record_of(snapshot), warnings=snapshot.warnings)
