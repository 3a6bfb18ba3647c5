"""Which runs of a model are or could be released, in which state, and which of them are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from contracts.model_record import ModelRecord
from contracts.releases import ReleaseState
from contracts.run_record import RunRecord, RunStatus


def state_of(run: RunRecord, model: ModelRecord) -> ReleaseState | None:
    """None of a run that the gate has not judged, or that ended for another reason."""
    if run.run == model.champion:
        return ReleaseState.LIVE
    if run.is_in_progress and run.promotion is None:
        return None
    was_judged = run.promotion is not None or run.status is RunStatus.KEPT_BACK
    if not (run.was_live or was_judged):
        return None
    if run.removed_at:
        return ReleaseState.REMOVED
    return ReleaseState.PREVIOUS if run.was_live else ReleaseState.KEPT_BACK


def may_be_approved(run: RunRecord, now: datetime) -> bool:
    """Whether a person may still approve it."""
    approval = run.approval
    return (
        run.waits_for_approval
        and approval is not None
        and now < datetime.fromisoformat(approval.until)
    )


def since(run: RunRecord, state: ReleaseState) -> str | None:
    """When the run came into this state."""
    if state is ReleaseState.REMOVED:
        return run.removed_at
    if state is ReleaseState.WAITING:
        return run.approval.requested_at if run.approval else None
    if state is ReleaseState.LIVE:
        return run.live_since or run.ended_at
    earlier = [step for item in run.tries for step in item.steps]
    wanted = (
        RunStatus.SUPERSEDED if state is ReleaseState.PREVIOUS else RunStatus.KEPT_BACK
    )
    stamps = [step.at for step in (*earlier, *run.steps) if step.step == wanted]
    return stamps[-1] if stamps else run.ended_at


def newest_first(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """By when they were last live; a run that never was, by its start."""
    return sorted(runs, key=lambda run: run.live_since or run.started_at, reverse=True)


def earlier_releases(runs: Sequence[RunRecord], model: ModelRecord) -> list[RunRecord]:
    """The releases that can be put live again, the last one first."""
    return [
        run
        for run in newest_first(runs)
        if state_of(run, model) is ReleaseState.PREVIOUS and run.archive is not None
    ]


def superfluous(
    runs: Sequence[RunRecord], model: ModelRecord, kept: int, now: datetime
) -> list[RunRecord]:
    """Runs whose archives are removed: of those that were live, and of the others, all but the newest `kept`.

    None that may still be approved. Failed ones count with those that were not live: a retry may go on from their
    archives.
    """
    spare = [
        run
        for run in newest_first(runs)
        if run.archive is not None
        and not run.is_in_progress
        and not may_be_approved(run, now)
        and run.run not in {model.champion, model.active_run}
    ]
    # Its data was removed while it was live, so that it cannot be put live again.
    useless = [run for run in spare if run.removed_at]
    released = [run for run in spare if run.was_live and not run.removed_at]
    others = [run for run in spare if not (run.was_live or run.removed_at)]
    return useless + released[kept:] + others[kept:]
