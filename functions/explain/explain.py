"""Finds why a run failed, removes what it made, and ends it with the cause and the remedy in its record.

A run that has ended is left as it is, apart from what is still to be removed. Where the workflow failed before there
was a run, subscribers are notified directly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from contracts.arrival import MAX_TRIES
from contracts.outcomes import ExplainOutcome, WorkflowStep
from contracts.run_record import Failure, RunRecord, RunStatus, Step
from functions.adapters.alarms import Alarms
from functions.adapters.arrivals import Arrivals
from functions.adapters.errors import RefusedError
from functions.adapters.ledger import Ledger
from functions.adapters.logs import Logs
from functions.adapters.notifications import Message, Notifications, subject_line
from functions.adapters.sagemaker import Description, SageMaker
from functions.common.drop import locate
from functions.common.lambda_handler import Event, Result, logger
from functions.explain.cleanup import Cleaner
from functions.explain.diagnosis import (
    diagnose,
    evidence_of,
    message_of,
    remedy_of,
    wants_endpoint_log,
    wants_job_log,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Explainer:
    """Explains and cleans; nothing that AWS refuses here keeps a run from being ended."""

    ledger: Ledger
    sagemaker: SageMaker
    logs: Logs
    stack: str
    alarms: Callable[[], Alarms]

    def explain(self, event: Event) -> str:
        """Ends the run that `event` is about; returns its id, empty where there is none."""
        record = self._record(event)
        if record is None:
            return ""
        if event.get("execution") not in {None, record.execution}:
            # The run was retried: what an earlier execution says of it is over.
            return record.run
        if record.is_in_progress:
            self._end(event, record)
        elif record.failure and record.failure.leftovers:
            self.clean_again(record)
        return record.run

    def clean_again(self, record: RunRecord) -> None:
        """Goes on removing what could not be removed when the run ended."""
        ledger = self.ledger.fenced(record.execution)
        left = tuple(self._cleaner(ledger).clean(record))
        if record.failure and left != record.failure.leftovers:
            ledger.record(record.run, failure=replace(record.failure, leftovers=left))

    def remove_candidate(self, record: RunRecord) -> bool:
        """Of a run that is live without it; False where there is nothing to remove."""
        return self._cleaner(self.ledger).remove_candidate(record)

    def clean_lost(self, run: str, model: str) -> list[str]:
        """Removes what a run made that the ledger lost; returns what is left, as `Cleaner.clean` does."""
        steps = (Step(step=RunStatus.DEPLOYING, at=""),)
        record = RunRecord(
            run=run,
            model=model,
            fingerprint="",
            attempt=1,
            status=RunStatus.FAILED,
            execution="",
            started_at="",
            updated_at="",
            steps=steps,
        )
        return self._cleaner(self.ledger).clean(record)

    def _cleaner(self, ledger: Ledger) -> Cleaner:
        return Cleaner(ledger, self.sagemaker, self.stack, self.alarms)

    def _record(self, event: Event) -> RunRecord | None:
        """The run by its id, or the one that this execution claimed before it could say so."""
        if run := event.get("run"):
            return self.ledger.get_run(run)
        place = locate(event.get("key") or "")
        model = self.ledger.find_model(place.model) if place else None
        record = (
            self.ledger.find_run(model.active_run)
            if model and model.active_run
            else None
        )
        return record if record and record.execution == event.get("execution") else None

    def _end(self, event: Event, record: RunRecord) -> None:
        job = self._job(record)
        tail: list[str] = _or(
            list[str](), lambda: self._log_tail(str(event.get("step") or ""), record)
        )
        diagnosis = diagnose(evidence_of(event, record, job, tail))
        ledger = self.ledger.fenced(record.execution)
        left = self._cleaner(ledger).clean(record)
        failure = Failure(
            step=str(event.get("step") or WorkflowStep.WORKFLOW),
            cause=diagnosis.cause,
            remedy=remedy_of(diagnosis, record),
            log_tail=tuple(tail),
            leftovers=tuple(left),
        )
        ledger.end(
            record.run,
            RunStatus.STOPPED if diagnosis.by_user else RunStatus.FAILED,
            failure=failure,
        )

    def _job(self, record: RunRecord) -> Description | None:
        """The job, of which a failed training says why. Raises `TransientError`: asking again later gives the cause."""
        job = record.training.job
        try:
            return self.sagemaker.job(job) if job else None
        except RefusedError:
            return None

    def _log_tail(self, step: str, record: RunRecord) -> list[str]:
        if wants_endpoint_log(step, record):
            return self.logs.of_endpoint(record.deployment.latest.endpoint)
        return (
            self.logs.of_job(record.training.job) if wants_job_log(step, record) else []
        )


def _or(fallback: T, ask: Callable[[], T]) -> T:
    """What cannot be found out must not keep the run from being ended and cleaned up."""
    try:
        return ask()
    except Exception as error:
        logger.warning("not found out", extra={"error": type(error).__name__})
        return fallback


def tell_of_no_run(event: Event, notifications: Notifications) -> None:
    """For a workflow that failed before it could claim its drop."""
    key, cause = str(event.get("key") or "?"), message_of(str(event.get("cause") or ""))
    text = (
        f"{key} could not be looked at, so there is no run.\n\nStep: {event.get('step')}\n"
        f"Cause: {event.get('error')}: {cause}\nWhat to do: upload it again; if that fails too, the log of the "
        "function has the whole traceback.\n"
    )
    notifications.publish(
        Message(subject_line(f"Traindrop: {key} could not be looked at"), text)
    )
    detail: dict[str, Any] = {"key": key, "status": "failed", "cause": cause[:500]}
    notifications.announce(detail)


def is_tried_again(event: Event, arrivals: Arrivals) -> bool:
    """Whether the sweep will have the drop looked at again, so that its owner has nothing to do."""
    place = locate(str(event.get("key") or ""))
    arrival = arrivals.find(place.model, place.prefix) if place else None
    return arrival is not None and arrival.tries < MAX_TRIES


def explain_event(
    event: Event,
    explainer: Explainer,
    arrivals: Callable[[], Arrivals],
    notifications: Callable[[], Notifications],
) -> Result:
    """The answer of the Lambda; the adapters are only made where the workflow failed before there was a run."""
    run = explainer.explain(event)
    if not run and _or(False, lambda: is_tried_again(event, arrivals())):
        return {"outcome": ExplainOutcome.CLEANED}
    if not run:
        _or(None, lambda: tell_of_no_run(event, notifications()))
        return {"outcome": ExplainOutcome.CLEANED}
    return {"outcome": ExplainOutcome.CLEANED, "run": run}
