"""Sees to what no event will see to: runs whose workflow died, drops that never got a run, things still to remove.

Called on a schedule, and with the event of an execution that failed, timed out or was aborted.
"""

from __future__ import annotations

from collections.abc import Callable, Sized
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.notifications import Notifications
from functions.adapters.storage import Storage
from functions.adapters.workflow import RUNNING, Workflow
from functions.common.drop import PREFIX
from functions.common.lambda_handler import Result, logger
from functions.common.names import resource_name
from functions.common.records import IN_PROGRESS, Model, Run
from functions.deploy.retire import remove_unused
from functions.explain.explain import Explainer
from functions.notify.notify import notify
from functions.sweep.decisions import Waiting, event_of, execution_name, interruption, is_newer, models_of, quiet_drops

RUNS_LOOKED_AT = 200
STARTS_PER_DROP = 3


@dataclass(frozen=True)
class Sweeper:
    """One sweep; a part that fails is logged and tried again by the next one."""

    ledger: Ledger
    storage: Storage
    workflow: Workflow
    explainer: Explainer
    notifications: Notifications
    bucket: str
    settle_seconds: int
    api_url: str = ""
    now: Callable[[], datetime] = utc_now

    def sweep(self) -> Result:
        ended = [run for run, why in self._interrupted() if self._tried(partial(self._end, run, why))]
        cleaned = [run for run in self._unclean() if self._tried(partial(self.explainer.clean_again, run))]
        told = [run for run in self._untold() if self._tried(partial(self._tell, run))]
        retired = [model for model in self._unretired() if self._tried(partial(self._retire, model))]
        started = [item.key for item in self._forgotten() if self._start(item)]
        done: dict[str, Sized] = {
            "ended": ended,
            "cleaned": cleaned,
            "told": told,
            "retired": retired,
            "started": started,
        }
        return {"outcome": "swept", **{what: len(things) for what, things in done.items()}}

    def _interrupted(self) -> list[tuple[Run, str]]:
        active = [model["active_run"] for model in self.ledger.models() if "active_run" in model]
        runs = [run for name in active if (run := self.ledger.find_run(name))]
        asked = [(run, self._why(run)) for run in runs]
        return [(run, why) for run, why in asked if why]

    def _why(self, run: Run) -> str | None:
        if run["status"] not in IN_PROGRESS:
            return "the run had ended, but not let go of its model"
        return interruption(run, self.workflow.status(run["execution"]))

    def _end(self, run: Run, why: str) -> None:
        if run["status"] in IN_PROGRESS:
            self.explainer.explain({"run": run["run"], "step": "workflow", "error": "Interrupted", "cause": why})
            self._tell(run)
        else:
            self.ledger.end(run["run"], run["status"])

    def _tell(self, run: Run) -> None:
        notify(run["run"], self.ledger, self.notifications, self.api_url)

    def _untold(self) -> list[Run]:
        """Runs whose end nobody was told of, and whose workflow will not do it any more."""
        ended = [run for run in self.ledger.runs(RUNS_LOOKED_AT) if "ended_at" in run and "notified" not in run]
        return [run for run in ended if self.workflow.status(run["execution"]) != RUNNING]

    def _unclean(self) -> list[Run]:
        runs = self.ledger.runs(RUNS_LOOKED_AT)
        return [run for run in runs if run["status"] not in IN_PROGRESS and run.get("failure", {}).get("leftovers")]

    def _unretired(self) -> list[Model]:
        """Models whose superseded release is still there though the workflow that was to retire it is over."""
        return [
            model
            for model in self.ledger.models()
            if "active_run" not in model and self._has_config(model.get("previous_champion")) and self._is_over(model)
        ]

    def _has_config(self, run: str | None) -> bool:
        return bool(run) and self.explainer.sagemaker.config(resource_name(self.explainer.stack, run or "")) is not None

    def _is_over(self, model: Model) -> bool:
        champion = self.ledger.find_run(model.get("champion", ""))
        return champion is not None and self.workflow.status(champion["execution"]) != RUNNING

    def _retire(self, model: Model) -> None:
        remove_unused(model, self.explainer.sagemaker, self.explainer.stack)

    def _forgotten(self) -> list[Waiting]:
        """Quiet drops that no run has claimed and no execution is about."""
        found = quiet_drops(self.storage.list(PREFIX), self.now(), self.settle_seconds)
        unclaimed = [item for item in found if not self.ledger.claiming_run(item.drop.model, item.drop.fingerprint)]
        waiting = [item for item in unclaimed if is_newer(item, self._last_run(item.drop.model))]
        about = models_of(self.workflow.running_inputs()) if waiting else set()
        return [item for item in waiting if item.drop.model not in about]

    def _last_run(self, model: str) -> Run | None:
        return next(iter(self.ledger.runs(limit=1, model=model)), None)

    def _start(self, item: Waiting) -> bool:
        """Starts an execution, unless one has looked at these very files and come to an end."""
        for attempt in range(1, STARTS_PER_DROP + 1):
            name = execution_name(item, attempt)
            status = self.workflow.status(name)
            if status is None:
                return self.workflow.start(name, event_of(self.bucket, item.key))
            if status in {RUNNING, "SUCCEEDED"}:
                return False
        return False

    @staticmethod
    def _tried(action: Callable[[], object]) -> bool:
        try:
            action()
        except Exception as error:
            logger.warning("left to the next sweep", extra={"error": type(error).__name__})
            return False
        return True
