"""Removes what is kept of runs: in S3, in their jobs' logs, and rows of the data in their records.

First the ledger says so: from then on nothing puts the run live or retries it. Where a removal is cut off, the sweep
finishes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from contracts import locations
from contracts.run_record import RunRecord, RunStatus
from functions.adapters.ledger import Ledger
from functions.adapters.logs import Logs
from functions.adapters.storage import Storage
from functions.common.names import job_name

OF_THE_LIVE = (locations.MODEL_ARCHIVE, locations.SPEC)
"""What a live model needs; neither holds rows."""


def prefixes_of(run: str) -> tuple[str, ...]:
    """Where Inspect and the training jobs leave what is a run's; apart from `models/<run>/`."""
    return (
        locations.run_prefix(run),
        locations.checkpoints_prefix(run),
        locations.outputs_prefix(run),
        locations.predictions_prefix(run),
    )


@dataclass(frozen=True)
class Remover:
    """Every method may be repeated, and goes on where it stopped."""

    ledger: Ledger
    storage: Storage
    logs: Logs
    stack: str

    def remove(self, run: str) -> bool:
        """All of an ended run but the numbers in its record; False of one that is in progress.

        Of the live run the archive stays, until another takes its place and the sweep removes it.
        """
        record = self.ledger.find_run(run)
        if record is None or not self.ledger.begin_removal(record):
            return False
        self.remove_files(record)
        self.ledger.end_removal(run)
        return True

    def remove_files(self, record: RunRecord) -> None:
        """Every version of every object, and the log streams of the run's jobs."""
        for prefix in prefixes_of(record.run):
            self.storage.delete_prefix(prefix)
        kept = OF_THE_LIVE if record.status is RunStatus.LIVE else ()
        own = locations.model_prefix(record.run)
        self.storage.delete_prefix(own, {f"{own}{name}" for name in kept})
        for number in range(1, (record.training.number or 0) + 1):
            self.logs.delete_of_job(job_name(self.stack, record.run, number))
