"""Why a run cannot be put live from its archive, and how its labels differ from those of the live model."""

from __future__ import annotations

from urllib.parse import quote

from contracts.model_record import ModelRecord
from contracts.releases import (
    ApprovalDecision,
    LabelChanges,
    PromotionKind,
    ReleaseState,
)
from contracts.run_record import RunRecord
from functions.releases.retry_decisions import Refusal
from functions.releases.states import state_of

SHOWN_LABELS = 20


def kind_of(run: RunRecord) -> PromotionKind:
    """What putting the run live is: a rollback where it was live before."""
    if run.was_live:
        return PromotionKind.ROLLBACK
    approval = run.approval
    is_approval = (
        approval is not None and approval.decision is not ApprovalDecision.REJECTED
    )
    return PromotionKind.APPROVAL if is_approval else PromotionKind.PROMOTE


def _path(model: ModelRecord) -> str:
    return f"/models/{quote(model.model, safe='')}"


def of_another_model(run: RunRecord, model: ModelRecord) -> Refusal:
    message = (
        f"{run.run} is a run of the model {run.model!r}, not of {model.model!r}. "
        f"GET {_path(model)}/releases lists its own."
    )
    return Refusal("run_of_another_model", message)


def refusal_by_state(
    run: RunRecord, model: ModelRecord, *, only_released: bool
) -> Refusal | None:
    """Why a run that is neither live nor in progress cannot be put live, by its record alone."""
    path = _path(model)
    state = state_of(run, model)
    if state is ReleaseState.REMOVED:
        message = (
            f"The archive of {run.run} was removed at {run.removed_at}. GET {path}/releases lists those that are kept; "
            "KeptReleases of the stack says how many."
        )
        return Refusal("release_removed", message)
    if state is None:
        message = (
            f"Expected a run that was live or kept back; {run.run} is {str(run.status)!r}. "
            f"A failed run goes on with POST /runs/{run.run}/retry."
        )
        return Refusal("not_released", message)
    if only_released and state is ReleaseState.KEPT_BACK:
        message = (
            f"{run.run} was never live. POST {path}/promote puts it live nevertheless."
        )
        return Refusal("never_live", message)
    if run.archive is None:
        message = f"The ledger has no archive of {run.run}. Drop its files again."
        return Refusal("no_archive", message)
    return None


def no_release_before(model: ModelRecord) -> Refusal:
    message = f"{model.model!r} has no earlier release that is kept. Drop the files of one again."
    return Refusal("no_earlier_release", message)


def rolled_back_already(model: ModelRecord, champion: RunRecord) -> Refusal:
    """A rollback that names no run and is asked for once more may not go back a second time."""
    message = (
        f"{champion.run} is live by a rollback already, since {champion.live_since}. To go to yet another release, "
        f'name it: {{"run": …}}. GET {_path(model)}/releases lists them.'
    )
    return Refusal("rolled_back_already", message)


def label_changes(
    run: RunRecord,
    labels: tuple[str, ...],
    champion: RunRecord,
    live_labels: tuple[str, ...],
) -> LabelChanges:
    """From what callers get now to what they would get."""
    return LabelChanges(
        added=tuple(sorted(set(labels) - set(live_labels))),
        removed=tuple(sorted(set(live_labels) - set(labels))),
        task=champion.task if champion.task != run.task else None,
    )


def labels_change(run: RunRecord, changes: LabelChanges) -> Refusal:
    parts = [
        f"{verb} {_listed(labels)}"
        for verb, labels in (("adds", changes.added), ("removes", changes.removed))
        if labels
    ]
    if changes.task:
        parts.append(f"is for {run.task}, and the live model for {changes.task}")
    message = (
        f"Callers would see other labels: {run.run} {' and '.join(parts)}. "
        'Send "accept_label_change": true where they can take that.'
    )
    return Refusal("label_change", message, label_changes=changes)


def _listed(labels: tuple[str, ...]) -> str:
    shown = ", ".join(repr(label) for label in labels[:SHOWN_LABELS])
    more = len(labels) - SHOWN_LABELS
    return f"{shown} and {more} more" if more > 0 else shown
