"""What a retry decides: whether a run may be retried, and with which step it begins."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from contracts.outcomes import RESTART_ERROR, JudgeOutcome, WorkflowStep
from contracts.releases import LabelChanges, Promotion
from contracts.run_record import RETRIABLE, RunRecord, RunStatus, Training
from functions.adapters.workflow import RUNNING, Execution

MAX_INTERRUPTIONS = 5
"""How often a run goes on by itself: one that brings the local cloud down would else do so for ever."""
SOON_SECONDS, LATER_SECONDS = 5, 60

STATUS_AT: dict[WorkflowStep, RunStatus] = {
    WorkflowStep.INSPECT: RunStatus.INSPECTING,
    WorkflowStep.TRAIN: RunStatus.TRAINING,
    WorkflowStep.DEPLOY: RunStatus.DEPLOYING,
}
"""The steps that a retry may begin with -> the status that the run has from then on."""


@dataclass(frozen=True)
class Refusal:
    """Why a run is not retried: a code for programs, a sentence for people."""

    code: str
    message: str
    retry_after: int | None = None
    """Seconds, where asking again helps."""
    active_run: str | None = None
    """The run that is in the way."""
    label_changes: LabelChanges | None = None
    """What callers would have to accept."""


@dataclass(frozen=True)
class Beginning:
    """The first step of a retry whose result is missing, or no longer counts."""

    step: WorkflowStep
    keeps_job: bool = True
    """Whether a completed job of the earlier try may be judged."""
    promotion: Promotion | None = None
    """Where a person has decided that the run goes live: its archive is there, and judged."""


def refusal_by_record(record: RunRecord) -> Refusal | None:
    """What the record alone says against retrying an ended run."""
    if record.status not in RETRIABLE:
        message = (
            f"Expected a run that ended as 'failed' or 'stopped'; {record.run} is {str(record.status)!r}. "
            "Drop the files again, changed, for a new run."
        )
        return Refusal("not_retriable", message)
    if record.removed_at:
        message = f"What {record.run} had left was removed at {record.removed_at}. Drop the files again."
        return Refusal("data_removed", message)
    if record.promotion is not None:
        message = (
            f"The last try of {record.run} was to put it live from its archive. "
            f"Ask for that again: POST /models/{quote(record.model, safe='')}/promote "
            f'with {{"run": "{record.run}"}}.'
        )
        return Refusal("not_retriable", message)
    return refusal_by_leftovers(record)


def refusal_by_leftovers(record: RunRecord) -> Refusal | None:
    """While an ended try is still being removed, its names on SageMaker are not free."""
    if record.failure and record.failure.leftovers:
        message = (
            f"What {record.run} made is still being removed: {'; '.join(record.failure.leftovers)}. "
            "Ask again in a few minutes."
        )
        return Refusal("still_being_removed", message, LATER_SECONDS)
    return None


def refusal_by_execution(
    record: RunRecord, execution: Execution | None
) -> Refusal | None:
    """`execution` is the one that the run ended in, which may still be notifying of it."""
    if execution is None or execution.status != RUNNING:
        return None
    if record.status is RunStatus.SUPERSEDED and record.notified:
        # It only waits to remove what an earlier release has left, which is asked of the ledger then.
        return None
    return still_ending(record)


def still_ending(record: RunRecord) -> Refusal:
    message = f"The workflow of {record.run} has not ended yet. Ask again in a moment."
    return Refusal("still_ending", message, SOON_SECONDS)


def in_progress(record: RunRecord) -> Refusal:
    message = f"{record.run} is in progress: {record.status}. Wait until it has ended."
    return Refusal("run_in_progress", message, active_run=record.run)


def model_is_busy(model: str, run: str) -> Refusal:
    message = (
        f"The run {run} of {model} is in progress. Ask again when it has ended, "
        f"or stop it: POST /runs/{run}/stop."
    )
    return Refusal("model_busy", message, active_run=run)


def without_files(record: RunRecord) -> Refusal:
    """Of a run that has nothing to go on from."""
    run = record.run
    if record.was_live or record.status is RunStatus.KEPT_BACK:
        message = f"The archive of {run} is no longer in S3, or not its spec. Drop its files again."
        return Refusal("no_archive", message)
    message = (
        f"{run} has no spec.json in S3: it was never inspected to the end, or the file has expired "
        "(RunRetentionDays). Drop the files again."
    )
    return Refusal("not_inspected", message)


def beginning(record: RunRecord, champion: RunRecord | None) -> Beginning:
    """Of an inspected run. Start training itself takes up a job that runs or has completed.

    A model is only ever promoted over the champion that it was compared with: where another run has become champion
    since, the job is run again, from its checkpoints.
    """
    has_trained = record.training != Training()
    if record.archive is not None and not has_trained:
        # The drop itself held the model.
        return Beginning(WorkflowStep.DEPLOY)
    if champion is not None and (champion.ended_at or "") > record.try_began_at:
        return Beginning(WorkflowStep.TRAIN, keeps_job=False)
    evaluation = record.evaluation
    is_promoted = evaluation is not None and evaluation.verdict == JudgeOutcome.PROMOTE
    return Beginning(WorkflowStep.DEPLOY if is_promoted else WorkflowStep.TRAIN)


def goes_on_by_itself(record: RunRecord, execution: Execution | None) -> bool:
    """Whether a run in progress whose execution does not run was only interrupted, by no one's decision."""
    interruptions = sum(earlier.was_interrupted for earlier in record.tries)
    was_cut_off = execution is not None and execution.error == RESTART_ERROR
    return was_cut_off and interruptions < MAX_INTERRUPTIONS


def is_unstarted(record: RunRecord, execution: Execution | None) -> bool:
    """Whether a try was noted, and whoever noted it died before the execution was started."""
    return execution is None and bool(record.tries)
