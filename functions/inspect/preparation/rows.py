"""Rows to learn from: every row is read and checked, the task told from them, held-out rows set aside."""

from __future__ import annotations

import time

from functions.inspect.acceptance import judged
from functions.inspect.division import write_splits
from functions.inspect.examination import examine
from functions.inspect.preparation.base import Outcome, Prepared, Refused, Visit
from functions.inspect.preparation.documents import Snapshot, profile_of, record_of, resolved, snapshot_of


def prepare(visit: Visit) -> Outcome:
    started = time.monotonic()
    found = examine(visit.plan, visit.open, visit.folder, visit.options, visit.settings_file)
    division = judged(visit.plan, found)
    if division is None:
        return Refused(found.problems, found.warnings, found.rows)
    counts = write_splits(found.spools, division.routes, visit.folder)
    seconds = time.monotonic() - started
    done = snapshot_of(visit, found=found, division=division, counts=counts, seconds=seconds)
    return _published(visit, done)


def _published(visit: Visit, done: Snapshot) -> Outcome:
    for split in done.split_rows:
        visit.storage.upload_file(visit.folder / f"{split}.jsonl", f"runs/{visit.run}/data/{split}/rows.jsonl")
    for file in visit.parts.code:
        visit.storage.copy(file.stored.key, file.stored.version_id, f"runs/{visit.run}/{file.name}")
    return Prepared("ready", visit.spec(resolved(done)), profile_of(done), record_of(done), done.warnings)
