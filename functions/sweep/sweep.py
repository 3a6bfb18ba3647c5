"""Sees to what no event will see to: runs whose workflow died, drops that never got a run, things still to remove.

Called on a schedule, and with the event of an execution that failed, timed out or was aborted; one at a time (`turn`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from contracts.arrival import Arrival
from contracts.model_record import ModelRecord
from contracts.outcomes import SweepOutcome, WorkflowStep
from contracts.run_record import RunRecord, RunStatus
from functions.adapters.arrivals import Arrivals
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.notifications import (
    Message,
    Notifications,
    subject_line,
)
from functions.adapters.storage import Storage
from functions.adapters.usage import Usage
from functions.adapters.workflow import ABORTED, RUNNING, Workflow
from functions.arrive.watch import Watch
from functions.batch.control import BatchControl
from functions.common.drop import PREFIX
from functions.common.lambda_handler import Result, logger
from functions.common.names import resource_name, stack_prefix
from functions.common.tags import MODEL, RUN, Tags
from functions.costs.booking import Booker, is_on_instances
from functions.deploy.retire import remove_unused
from functions.explain.explain import Explainer
from functions.notify.notify import notify
from functions.releases.removal import Remover
from functions.releases.retry import Retrier
from functions.releases.sleeper import Sleeper
from functions.releases.states import superfluous
from functions.sweep.decisions import (
    Waiting,
    interruption,
    is_newer,
    quiet_drops,
)
from functions.sweep.drift_watch import DriftWatch
from functions.sweep.orphans import Orphans
from functions.sweep.turn import Turn, TurnLostError

T = TypeVar("T")
LOST_LEDGER = "lost-ledger"


@dataclass(frozen=True)
class Sweeper:
    """One sweep; a part that fails is logged and tried again by the next one."""

    ledger: Ledger
    arrivals: Arrivals
    watch: Watch
    storage: Storage
    workflow: Workflow
    explainer: Explainer
    retrier: Retrier
    notifications: Notifications
    turn: Turn
    remover: Remover
    booker: Booker
    batches: BatchControl
    settle_seconds: int
    drift_watch: DriftWatch | None
    """None where no predictions are counted."""
    usage: Callable[[], Usage]
    """CloudWatch's client, made only where a model may fall asleep."""
    kept: int
    """Earlier releases of a model whose archives are kept, and as many runs that were kept back."""
    api_url: str = ""
    now: Callable[[], datetime] = utc_now

    def sweep(self) -> Result:
        """Sweeps once no other sweep does; `left` where another will do so."""
        if not self.turn.take():
            return {"outcome": SweepOutcome.LEFT}
        try:
            return self._sweep()
        except TurnLostError as error:
            _log(error)
            return {"outcome": SweepOutcome.LEFT}
        finally:
            self.turn.end()

    def _sweep(self) -> Result:
        """Every model, run and drop is one task of its own: read just before it is acted on, and tried by itself."""
        try:
            is_lost = bool(self._lost_configs())
        except Exception as error:
            # In a ledger that may be lost every drop looks new.
            _log(error)
            return {"outcome": SweepOutcome.LEFT}
        if is_lost:
            self._mail_lost_ledger()
            return {"outcome": SweepOutcome.LEDGER_LOST}
        listed = self._listed(self._models)
        models = [model.model for model in listed]
        ended = self._count(self._end_if_interrupted, models)
        runs = [run.run for run in self._listed(self.ledger.unfinished_runs)]
        cleaned = self._count(self._clean, runs)
        cleaned += self._count(self._clean_orphan, self._listed(self._orphans))
        self._count(self._remove_alarm, self._listed(self._alarms))
        notified = self._count(self._notify_if_over, runs)
        retired = self._count(self._retire_if_over, models)
        # Before models fall asleep: what bills is booked only if it was seen in service.
        self._count(self._note_endpoint, listed)
        may_sleep = [
            model.model for model in listed if model.idle_minutes or model.asleep_since
        ]
        slept = self._count(self._settle_sleep, may_sleep)
        if watch := self.drift_watch:
            due = [model.model for model in listed if watch.is_due(model)]
            self._count(watch.look, due)
        self._count(self._finish_removal, runs)
        batches = self._count(self.batches.settle_all, models)
        booked = self._count(self.booker.look, self._listed(self.booker.book.running))
        removed = self._count(self.remover.remove, self._listed(self._superfluous))
        self._count(self._note, self._listed(self._quiet_drops))
        started = self._count(self._begin, self._listed(self.arrivals.all))
        return {
            "outcome": SweepOutcome.SWEPT,
            "ended": ended,
            "cleaned": cleaned,
            "notified": notified,
            "retired": retired,
            "slept": slept,
            "removed": removed,
            "booked": booked,
            "batches": batches,
            "started": started,
        }

    def _lost_configs(self) -> list[str]:
        """What is served where the ledger knows no model at all; nothing may be removed then."""
        models = self.ledger.models(1)
        return [] if models else sorted(self._find_orphans().served_configs())

    def _mail_lost_ledger(self) -> None:
        if self.turn.is_first_today(LOST_LEDGER):
            self.notifications.publish(lost_ledger_message(self.explainer.stack))

    def _models(self) -> list[ModelRecord]:
        return self.ledger.models(None)

    @staticmethod
    def _listed(items: Callable[[], list[T]]) -> list[T]:
        try:
            return items()
        except Exception as error:
            _log(error)
            return []

    def _count(self, act: Callable[[T], bool], items: Iterable[T]) -> int:
        """For how many `act` did something; one that fails is left to the next sweep."""
        done = 0
        for item in items:
            self.turn.keep()
            try:
                done += act(item)
            except Exception as error:
                _log(error)
        return done

    def _end_if_interrupted(self, name: str) -> bool:
        """Ends the run that holds the model without a workflow, or has it go on where it was only interrupted."""
        model = self.ledger.find_model(name)
        if model is None or not model.active_run:
            return False
        run = self.ledger.find_run(model.active_run)
        if run is None:
            return self._end_lost(model, model.active_run)
        if not run.is_in_progress:
            self.ledger.end(run.run, run.status)
            return True
        status = self.workflow.status(run.execution)
        if run.stop_requested_at and status == RUNNING:
            self.workflow.stop(run.execution)
            status = ABORTED
        why = interruption(run, status)
        if why is None or self.retrier.resume(run):
            return False
        event = {
            "run": run.run,
            # Another sweep may have had the run go on in the meantime: what was seen is this execution's.
            "execution": run.execution,
            "step": WorkflowStep.WORKFLOW,
            "error": "Interrupted",
            "cause": why,
        }
        self.explainer.explain(event)
        self._count(self._notify, [run.run])
        return True

    def _end_lost(self, model: ModelRecord, run: str) -> bool:
        """Removes what a run made that is no more in the ledger, frees its model, and says so."""
        if self.explainer.clean_lost(run, model.model):
            return False
        freed = self.ledger.free(model.model, run)
        if freed:
            self.notifications.publish(lost_run_message(model.model, run))
        return freed

    def _clean(self, name: str) -> bool:
        run = self.ledger.get_run(name)
        left = run.failure.leftovers if run.failure else ()
        if run.is_in_progress or not left:
            return False
        self.explainer.clean_again(run)
        return True

    def _find_orphans(self) -> Orphans:
        explainer = self.explainer
        return Orphans(self.ledger, explainer.sagemaker, explainer.stack)

    def _orphans(self) -> list[Tags]:
        return self._find_orphans().find()

    def _clean_orphan(self, owner: Tags) -> bool:
        """Removes all of a run that has ended; what a function made after that is not among its leftovers."""
        run = self.ledger.find_run(owner[RUN])
        if run is None:
            config = resource_name(self.explainer.stack, owner[RUN])
            if config in self._find_orphans().served_configs():
                # The ledger was restored to what it was before this run: `make rebuild-ledger` notes it again.
                return False
            self.explainer.clean_lost(owner[RUN], owner.get(MODEL, ""))
            return True
        if run.is_in_progress:
            return False
        if run.status is RunStatus.LIVE:
            return self.explainer.remove_candidate(run)
        self.explainer.clean_again(run)
        return True

    def _alarms(self) -> list[str]:
        return self.explainer.alarms().named(stack_prefix(self.explainer.stack))

    def _remove_alarm(self, name: str) -> bool:
        """One that a late function made for a run that has ended."""
        active = [model.active_run for model in self._models() if model.active_run]
        configs = [resource_name(self.explainer.stack, run) for run in active]
        if any(name.startswith(f"{config}-") for config in configs):
            return False
        self.explainer.alarms().delete([name])
        return True

    def _notify_if_over(self, name: str) -> bool:
        """Notifies of a run that has ended, where its workflow will not do so any more."""
        run = self.ledger.get_run(name)
        if not run.ended_at or run.notified:
            return False
        if self.workflow.status(run.execution) == RUNNING:
            return False
        return self._notify(name)

    def _notify(self, run: str) -> bool:
        notify(run, self.ledger, self.notifications, self.api_url, self.now)
        return True

    def _retire_if_over(self, name: str) -> bool:
        """Removes a superseded release that the workflow which was to retire it has left."""
        model = self.ledger.find_model(name)
        if model is None or model.active_run:
            return False
        if not (self._has_left(model.previous_champion) and self._is_over(model)):
            return False
        remove_unused(name, self.ledger, self.explainer.sagemaker, self.explainer.stack)
        return True

    def _has_left(self, run: str | None) -> bool:
        """Whether a release before has a config or a model; a late function may have made the model alone."""
        name = resource_name(self.explainer.stack, run or "")
        sagemaker = self.explainer.sagemaker
        return bool(run) and (
            sagemaker.config(name) is not None or sagemaker.model(name) is not None
        )

    def _settle_sleep(self, name: str) -> bool:
        """Puts a model to sleep that nobody uses, and ends what a sleep or a waking had left half done."""
        model = self.ledger.find_model(name)
        if model is None or not model.champion or model.active_run:
            return False
        explainer = self.explainer
        sleeper = Sleeper(self.ledger, explainer.sagemaker, explainer.stack, self.now)
        is_changed = (
            sleeper.settle(model)
            if model.asleep_since
            else sleeper.sleep_if_idle(model, self.usage)
        )
        if is_changed:
            self._note_endpoint(model)
        return is_changed

    def _is_over(self, model: ModelRecord) -> bool:
        champion = self.ledger.find_run(model.champion or "")
        return (
            champion is not None and self.workflow.status(champion.execution) != RUNNING
        )

    def _superfluous(self) -> list[str]:
        """Runs whose archives are more than a model's owner wants kept."""
        by_model: dict[str, list[RunRecord]] = defaultdict(list)
        for run in self.ledger.runs_with_archives():
            by_model[run.model].append(run)
        names: list[str] = []
        for name, runs in by_model.items():
            # More than this many are needed for one of them to be too many.
            is_candidate = len(runs) > self.kept or any(run.removed_at for run in runs)
            model = self.ledger.find_model(name) if is_candidate else None
            if model is not None:
                names += [
                    run.run for run in superfluous(runs, model, self.kept, self.now())
                ]
        return names

    def _finish_removal(self, name: str) -> bool:
        return bool(self.ledger.get_run(name).removing) and self.remover.remove(name)

    def _note_endpoint(self, model: ModelRecord) -> bool:
        """Notes a live model's endpoint that bills by the hour, whoever has put it into service."""
        if not model.champion or not is_on_instances(model.mode):
            return False
        return self.booker.look_at_endpoint(model.endpoint, model.model, model.champion)

    def _quiet_drops(self) -> list[Waiting]:
        return quiet_drops(self.storage.list(PREFIX), self.now(), self.settle_seconds)

    def _note(self, item: Waiting) -> bool:
        """Notes a quiet drop that no run has claimed, and that the ledger does not know to wait."""
        drop = item.drop
        if self.ledger.claiming_run(drop.model, drop.fingerprint):
            return False
        if not is_newer(item, self._last_run(drop.model)):
            return False
        if self.arrivals.find(drop.model, item.prefix) is not None:
            return False
        stamp = item.newest.isoformat(timespec="seconds")
        self.arrivals.note(drop.model, item.prefix, item.key, stamp)
        return True

    def _begin(self, listed: Arrival) -> bool:
        arrival = self.arrivals.find(listed.model, listed.prefix)
        return arrival is not None and self.watch.begin(arrival)

    def _last_run(self, model: str) -> RunRecord | None:
        return next(iter(self.ledger.runs(limit=1, model=model)), None)


def lost_ledger_message(stack: str) -> Message:
    text = (
        f"The ledger of {stack} is empty, though its models are served. They go on answering on SageMaker, but the API "
        "does not know them, and nothing is swept or removed meanwhile.\n\nWhat to do: restore the table from a "
        f"backup, or run: make rebuild-ledger STACK={stack}\n"
    )
    return Message(subject_line("Traindrop: the ledger is lost"), text)


def lost_run_message(model: str, run: str) -> Message:
    text = (
        f"The ledger no longer holds the run {run} of {model}, so it cannot go on. What it made was removed, and the "
        f"model is free for the next drop.\n\nWhat to do: drop the data of {model} again.\n"
    )
    return Message(subject_line(f"Traindrop: {model} lost a run"), text)


def _log(error: Exception) -> None:
    logger.warning(
        "left to the next sweep", extra={"error": f"{type(error).__name__}: {error}"}
    )
