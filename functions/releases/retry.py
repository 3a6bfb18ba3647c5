"""Goes on with a failed, stopped or interrupted run from the first step whose result is missing.

The ledger gives the run and its model to another execution first, in one transaction; then that execution is started,
under a name that is made of run and try. So a retry that is asked for twice is one, and one whose start was lost is
started by the next who asks, or by the sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contracts import locations
from contracts.outcomes import WorkflowStep
from contracts.releases import Promotion
from contracts.run_record import RunRecord, RunStatus
from functions.adapters.ledger import Ledger
from functions.adapters.ledger_tries import NextTry
from functions.adapters.run_spec import stored_spec
from functions.adapters.workflow import Workflow
from functions.arrive.events import event_of
from functions.common.names import retry_name
from functions.releases.retry_decisions import (
    STATUS_AT,
    Beginning,
    Refusal,
    beginning,
    goes_on_by_itself,
    in_progress,
    is_unstarted,
    model_is_busy,
    refusal_by_execution,
    refusal_by_leftovers,
    refusal_by_record,
    still_ending,
    without_files,
)

if TYPE_CHECKING:
    from functions.adapters.storage import Storage


@dataclass(frozen=True)
class Retrier:
    """Every method may be repeated."""

    ledger: Ledger
    storage: Storage
    workflow: Workflow

    def retry(self, record: RunRecord) -> RunRecord | Refusal:
        """The run in its next try, on request; also where an earlier request started it."""
        if record.is_in_progress:
            return self._repeat(record) if record.tries else in_progress(record)
        return self._claim(record, refusal_by_record, self._beginning)

    def promote(self, record: RunRecord, promotion: Promotion) -> RunRecord | Refusal:
        """The run on its way to go live from its archive, on request; also where an earlier request started it."""
        if record.is_in_progress:
            return self._repeat(record) if record.promotion else in_progress(record)

        def begin(record: RunRecord) -> Beginning | None:
            spec = stored_spec(record)
            has_spec = spec and self.storage.exists(spec.key)
            has_archive = record.archive and self.storage.exists(record.archive.key)
            if not (has_spec and has_archive):
                return None
            return Beginning(WorkflowStep.DEPLOY, promotion=promotion)

        return self._claim(record, refusal_by_leftovers, begin)

    def _claim(
        self,
        record: RunRecord,
        refused: Callable[[RunRecord], Refusal | None],
        begin: Callable[[RunRecord], Beginning | None],
    ) -> RunRecord | Refusal:
        """The run, which has ended, in its next try; `refused` is what the record alone says against it."""
        active_run = self._active_run(record)
        if active_run == record.run:
            return self._overtaken(record)
        refusal = refused(record)
        if refusal is None and active_run:
            refusal = model_is_busy(record.model, active_run)
        if refusal is None:
            execution = self.workflow.find(record.execution)
            refusal = refusal_by_execution(record, execution)
        if refusal is not None:
            return refusal
        beginning = begin(record)
        if beginning is None:
            return without_files(record)
        return self._go_on(record, beginning) or self._overtaken(record)

    def resume(self, record: RunRecord) -> bool:
        """Whether a run in progress goes on, though the execution in its record does not run."""
        if record.stop_requested_at:
            return False
        execution = self.workflow.find(record.execution)
        if is_unstarted(record, execution):
            return self._start(record)
        if not goes_on_by_itself(record, execution):
            return False
        begin = self._beginning(record)
        if record.status is RunStatus.INSPECTING:
            begin = Beginning(WorkflowStep.INSPECT)
        return begin is not None and self._go_on(record, begin) is not None

    def _beginning(self, record: RunRecord) -> Beginning | None:
        """None where Inspect has left nothing to go on from."""
        if record.promotion is not None:
            return Beginning(WorkflowStep.DEPLOY, promotion=record.promotion)
        if record.spec is None or not self.storage.exists(record.spec.key):
            return None
        model = self.ledger.find_model(record.model)
        champion = (
            self.ledger.find_run(model.champion) if model and model.champion else None
        )
        return beginning(record, champion)

    def _active_run(self, record: RunRecord) -> str | None:
        model = self.ledger.find_model(record.model)
        return model.active_run if model else None

    def _go_on(self, record: RunRecord, begin: Beginning) -> RunRecord | None:
        """The run in its next try; None where the ledger has changed since `record` was read."""
        execution = self.workflow.arn(retry_name(record.run, record.try_number + 1))
        following = NextTry(
            execution, STATUS_AT[begin.step], begin.keeps_job, begin.promotion
        )
        if not self.ledger.try_again(record, following):
            return None
        following_record = self.ledger.get_run(record.run)
        self._start(following_record)
        return following_record

    def _overtaken(self, record: RunRecord) -> RunRecord | Refusal:
        """The answer where something has happened to the run or to its model since `record` was read."""
        current, active_run = self.ledger.get_run(record.run), self._active_run(record)
        if current.is_in_progress:
            return self._repeat(current)
        if active_run and active_run != record.run:
            return model_is_busy(record.model, active_run)
        return still_ending(record)

    def _repeat(self, record: RunRecord) -> RunRecord | Refusal:
        if record.stop_requested_at:
            return still_ending(record)
        self._start(record)
        return record

    def _start(self, record: RunRecord) -> bool:
        """Starts the execution of the present try; one that runs already stays as it is."""
        name = retry_name(record.run, record.try_number)
        return self.workflow.start(name, self._event(record))

    def _event(self, record: RunRecord) -> dict[str, Any]:
        """What the first execution was started with, and where this one begins."""
        before = self.workflow.find(record.tries[-1].execution)
        drop = (
            before.event
            if before
            else event_of(self.storage.bucket, f"{locations.DATASETS}{record.model}/")
        )
        steps = {status: step for step, status in STATUS_AT.items()}
        begin = steps.get(record.status, WorkflowStep.TRAIN)
        return drop | {"run": record.run, "begin": begin}
