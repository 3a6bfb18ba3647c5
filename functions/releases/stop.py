"""Stops a run in progress at whatever step it is.

The ledger notes that first; then the execution is stopped. The sweep, which that calls, removes what the run made,
frees its model, ends it as stopped and notifies. Where the note is all that was done, the sweep stops the execution.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from contracts.run_record import RunRecord, RunStatus
from functions.adapters.ledger import Ledger
from functions.adapters.workflow import Workflow
from functions.releases.retry_decisions import Refusal


def has_ended(record: RunRecord) -> Refusal:
    path = f"/models/{quote(record.model, safe='')}"
    message = (
        f"{record.run} has ended: {record.status}. There is nothing to stop."
        if record.status is not RunStatus.LIVE
        else f"{record.run} is live. DELETE {path}/endpoint takes it down, "
        f"and POST {path}/rollback puts the release before in its place."
    )
    return Refusal("run_ended", message)


@dataclass(frozen=True)
class Stopper:
    ledger: Ledger
    workflow: Workflow

    def stop(self, record: RunRecord) -> RunRecord | Refusal:
        """The run, which is being stopped or has been; may be repeated."""
        if record.is_in_progress and self.ledger.request_stop(record):
            self.workflow.stop(record.execution)
        current = self.ledger.get_run(record.run)
        if current.is_in_progress or current.status is RunStatus.STOPPED:
            return current
        return has_ended(current)
