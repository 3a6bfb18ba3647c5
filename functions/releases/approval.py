"""A person's yes or no to a run that passed the gate and waits for it.

A yes is a promotion (`promoter`), which says so in the write that begins it; a no is noted in the ledger, and the run
stays kept back. No execution waits: a run that waits holds nothing, and newer drops of its model are trained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from contracts.model_record import ModelRecord
from contracts.releases import Approval, ApprovalDecision
from contracts.run_record import RunRecord
from functions.adapters.ledger import Ledger, utc_now
from functions.releases.promoter import Promoter
from functions.releases.retry_decisions import Refusal


@dataclass(frozen=True)
class Approver:
    """Both methods may be repeated."""

    ledger: Ledger
    promoter: Promoter
    now: Callable[[], datetime] = utc_now

    def approve(
        self, model: ModelRecord, run: RunRecord, *, accepts_labels: bool
    ) -> RunRecord | Refusal:
        """The run in its next try, or the one that is live already."""
        refusal = refusal_to_approve(run, model, self.now())
        if refusal is not None:
            return refusal
        return self.promoter.promote(model, run, accepts_labels=accepts_labels)

    def reject(self, run: RunRecord) -> RunRecord | Refusal:
        """The run, which stays kept back."""
        if run.approval is None:
            return without_request(run)
        if not self.ledger.reject(run):
            current = self.ledger.get_run(run.run)
            approval = current.approval
            if approval is None or approval.decision is not ApprovalDecision.REJECTED:
                return approved_already(current)
        return self.ledger.get_run(run.run)


def _promote_path(run: RunRecord) -> str:
    return (
        f'POST /models/{quote(run.model, safe="")}/promote with {{"run": "{run.run}"}}'
    )


def without_request(run: RunRecord) -> Refusal:
    message = (
        f"{run.run} is {run.status} and does not wait for an approval. gate.approval in traindrop.yaml, or Approval of "
        f"the stack, asks for one. {_promote_path(run)} puts a run live that was kept back."
    )
    return Refusal("no_approval_requested", message)


def approved_already(run: RunRecord) -> Refusal:
    message = (
        f"{run.run} was approved already, and is {run.status}. POST /runs/{run.run}/stop stops it on its way; "
        f"POST /models/{quote(run.model, safe='')}/rollback puts the release before in the place of a live one."
    )
    return Refusal("approved_already", message)


def refusal_to_approve(
    run: RunRecord, model: ModelRecord, now: datetime
) -> Refusal | None:
    """Why this approval does not count; somebody who knows better may promote the run."""
    approval = run.approval
    if approval is None:
        return without_request(run)
    if approval.decision is ApprovalDecision.APPROVED:
        return None
    if approval.decision is ApprovalDecision.REJECTED:
        why = f"{run.run} was rejected at {approval.decided_at}."
        return Refusal("approval_rejected", f"{why} {_nevertheless(run)}")
    if now >= datetime.fromisoformat(approval.until):
        why = f"{run.run} could be approved until {approval.until}."
        return Refusal("approval_expired", f"{why} {_nevertheless(run)}")
    return _outdated(run, approval, model)


def _outdated(run: RunRecord, approval: Approval, model: ModelRecord) -> Refusal | None:
    if model.champion == approval.champion:
        return None
    beside = approval.champion or "no live model"
    now_live = f"{model.champion} is live" if model.champion else "none is live"
    why = f"{run.run} was judged beside {beside}; since then {now_live}."
    return Refusal("approval_outdated", f"{why} {_nevertheless(run)}")


def _nevertheless(run: RunRecord) -> str:
    return f"{_promote_path(run)} puts it live nevertheless."
