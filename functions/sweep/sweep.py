"""Sees to what no event will see to: runs whose workflow died, drops that never got a run, things still to remove.

Called on a schedule, and with the event of an execution that failed, timed out or was aborted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from contracts.arrival import Arrival
from contracts.outcomes import SweepOutcome, WorkflowStep
from contracts.run_record import ModelRecord, RunRecord
from functions.adapters.arrivals import Arrivals
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.notifications import Notifications
from functions.adapters.storage import Storage
from functions.adapters.workflow import RUNNING, Workflow
from functions.arrive.watch import Watch
from functions.common.drop import PREFIX
from functions.common.lambda_handler import Result, logger
from functions.common.names import resource_name
from functions.deploy.retire import remove_unused
from functions.explain.explain import Explainer
from functions.notify.notify import notify
from functions.sweep.decisions import (
    Waiting,
    interruption,
    is_newer,
    quiet_drops,
)

MAX_RUNS = 200


@dataclass(frozen=True)
class Sweeper:
    """One sweep; a part that fails is logged and tried again by the next one."""

    ledger: Ledger
    arrivals: Arrivals
    watch: Watch
    storage: Storage
    workflow: Workflow
    explainer: Explainer
    notifications: Notifications
    settle_seconds: int
    api_url: str = ""
    now: Callable[[], datetime] = utc_now

    def sweep(self) -> Result:
        ended = [
            run
            for run, why in self._interrupted()
            if self._tried(partial(self._end, run, why))
        ]
        cleaned = [
            run
            for run in self._unclean()
            if self._tried(partial(self.explainer.clean_again, run))
        ]
        notified = [
            run for run in self._unnotified() if self._tried(partial(self._notify, run))
        ]
        retired = [
            model
            for model in self._unretired()
            if self._tried(partial(self._retire, model))
        ]
        started = self._start_waiting_drops()
        return {
            "outcome": SweepOutcome.SWEPT,
            "ended": len(ended),
            "cleaned": len(cleaned),
            "told": len(notified),
            "retired": len(retired),
            "started": started,
        }

    def _interrupted(self) -> list[tuple[RunRecord, str]]:
        """The runs that hold a model without a workflow, and why."""
        interrupted: list[tuple[RunRecord, str]] = []
        for model in self.ledger.models():
            run = self.ledger.find_run(model.active_run) if model.active_run else None
            reason = self._interruption(run) if run else None
            if run and reason:
                interrupted.append((run, reason))
        return interrupted

    def _interruption(self, run: RunRecord) -> str | None:
        if not run.is_in_progress:
            return "the run had ended, but not let go of its model"
        return interruption(run, self.workflow.status(run.execution))

    def _end(self, run: RunRecord, why: str) -> None:
        if run.is_in_progress:
            event = {
                "run": run.run,
                "step": WorkflowStep.WORKFLOW,
                "error": "Interrupted",
                "cause": why,
            }
            self.explainer.explain(event)
            self._notify(run)
        else:
            self.ledger.end(run.run, run.status)

    def _notify(self, run: RunRecord) -> None:
        notify(run.run, self.ledger, self.notifications, self.api_url)

    def _unnotified(self) -> list[RunRecord]:
        """Runs whose end nobody was told of, and whose workflow will not do it any more."""
        ended = [
            run
            for run in self.ledger.runs(MAX_RUNS)
            if run.ended_at and not run.notified
        ]
        return [run for run in ended if self.workflow.status(run.execution) != RUNNING]

    def _unclean(self) -> list[RunRecord]:
        ended = [run for run in self.ledger.runs(MAX_RUNS) if not run.is_in_progress]
        return [run for run in ended if run.failure and run.failure.leftovers]

    def _unretired(self) -> list[ModelRecord]:
        """Models whose superseded release is still there though the workflow that was to retire it is over."""
        idle = [model for model in self.ledger.models() if not model.active_run]
        return [
            model
            for model in idle
            if self._has_config(model.previous_champion) and self._is_over(model)
        ]

    def _has_config(self, run: str | None) -> bool:
        return (
            bool(run)
            and self.explainer.sagemaker.config(
                resource_name(self.explainer.stack, run or "")
            )
            is not None
        )

    def _is_over(self, model: ModelRecord) -> bool:
        champion = self.ledger.find_run(model.champion or "")
        return (
            champion is not None and self.workflow.status(champion.execution) != RUNNING
        )

    def _retire(self, model: ModelRecord) -> None:
        remove_unused(model, self.explainer.sagemaker, self.explainer.stack)

    def _start_waiting_drops(self) -> int:
        """Notes the drops that no event told of, then begins whatever waits; returns how many were begun."""
        for item in self._drops_without_run():
            stamp = item.newest.isoformat(timespec="seconds")
            self.arrivals.note(item.drop.model, item.prefix, item.key, stamp)
        return sum(self._begin(arrival) for arrival in self.arrivals.all())

    def _begin(self, listed: Arrival) -> bool:
        arrival = self.arrivals.find(listed.model, listed.prefix)
        return arrival is not None and self.watch.begin(arrival)

    def _drops_without_run(self) -> list[Waiting]:
        """Quiet drops that no run has claimed, and that the ledger does not know to wait."""
        drops = quiet_drops(self.storage.list(PREFIX), self.now(), self.settle_seconds)
        unclaimed = [
            item
            for item in drops
            if not self.ledger.claiming_run(item.drop.model, item.drop.fingerprint)
        ]
        lost = [
            item
            for item in unclaimed
            if is_newer(item, self._last_run(item.drop.model))
        ]
        return [
            item
            for item in lost
            if self.arrivals.find(item.drop.model, item.prefix) is None
        ]

    def _last_run(self, model: str) -> RunRecord | None:
        return next(iter(self.ledger.runs(limit=1, model=model)), None)

    @staticmethod
    def _tried(action: Callable[[], object]) -> bool:
        try:
            action()
        except Exception as error:
            logger.warning(
                "left to the next sweep", extra={"error": type(error).__name__}
            )
            return False
        return True
