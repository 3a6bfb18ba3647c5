"""Retries of runs: an ended or interrupted run goes on in another execution.

From then on only functions of that execution write to it (`Ledger.fenced`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from contracts.deployment_record import DeploymentRecord
from contracts.releases import ApprovalDecision, Promotion
from contracts.run_record import (
    IN_PROGRESS,
    EarlierTry,
    RunRecord,
    RunStatus,
    Step,
    Training,
)
from functions.adapters.ledger_table import (
    LedgerTable,
    model_key,
    run_key,
    set_expression,
)

TRIES_KEPT = 10
"""A record holds the log lines of each failure, and an item of DynamoDB has at most 400 KB."""
_ENDING = (
    "ended_at",
    "failure",
    "notified",
    "mailed",
    "announced",
    "stop_requested_at",
)
"""What a record says of the end of its present try."""


@dataclass(frozen=True)
class NextTry:
    """The execution (an ARN) that a run goes on in, and the status that it begins with."""

    execution: str
    status: RunStatus
    keeps_job: bool = True
    """Whether the job of the earlier try may be taken up: False where its evaluation no longer counts."""
    promotion: Promotion | None = None
    """Where a person has decided that the run goes live."""


class Tries(LedgerTable):
    """Gives runs to other executions."""

    def try_again(self, record: RunRecord, following: NextTry) -> bool:
        """Makes another execution the owner of the run and of its model, in one transaction.

        False where the run is no longer as `record` has it, or another run holds its model. What an ended try had
        deployed was removed when it ended, so its deployment is forgotten; an interrupted one goes on with its own.
        """
        table, stamp = self._table.name, self._stamp()
        run = {
            "TableName": table,
            "Key": run_key(record.run),
            "ConditionExpression": (
                "#execution = :held AND #status = :before "
                "AND attribute_not_exists(removed_at)"
            ),
            **_run_changes(record, following, stamp),
        }
        model = {
            "TableName": table,
            "Key": model_key(record.model),
            "ConditionExpression": "attribute_not_exists(active_run)",
            **set_expression(
                {
                    "active_run": record.run,
                    "active_execution": following.execution,
                    "updated_at": stamp,
                }
            ),
        }
        if record.is_in_progress:
            model["ConditionExpression"] = "active_run = :run"
            model["ExpressionAttributeValues"][":run"] = record.run
        return self._transact([{"Update": run}, {"Update": model}])

    def reject(self, record: RunRecord) -> bool:
        """Notes that a person has rejected a run that waits for approval; False where it has changed since."""
        if record.approval is None or not record.waits_for_approval:
            return False
        stamp = self._stamp()
        rejected = replace(
            record.approval, decision=ApprovalDecision.REJECTED, decided_at=stamp
        )
        expression = set_expression({"approval": rejected, "updated_at": stamp})
        expression["ExpressionAttributeNames"] |= {
            "#execution": "execution",
            "#status": "status",
        }
        return self._update(
            run_key(record.run),
            "#execution = :held AND #status = :before",
            expression,
            held=record.execution,
            before=record.status,
        )

    def request_stop(self, record: RunRecord) -> bool:
        """Notes that the present try is to be stopped; False where it has ended, or the run is in another try."""
        stamp = self._stamp()
        expression = set_expression({"updated_at": stamp})
        # Asked for again, it is still the same request.
        expression["UpdateExpression"] += (
            ", stop_requested_at = if_not_exists(stop_requested_at, :asked)"
        )
        expression["ExpressionAttributeNames"] |= {
            "#execution": "execution",
            "#status": "status",
        }
        statuses = {f"going{i}": status for i, status in enumerate(sorted(IN_PROGRESS))}
        listed = ", ".join(f":{name}" for name in statuses)
        return self._update(
            run_key(record.run),
            f"#execution = :held AND #status IN ({listed})",
            expression,
            held=record.execution,
            asked=stamp,
            **statuses,
        )


def _run_changes(record: RunRecord, following: NextTry, stamp: str) -> dict[str, Any]:
    """The update of the run's item, with `:held` and `:before` for its condition."""
    removed = list(_ENDING)
    changes: dict[str, Any] = {
        "execution": following.execution,
        "status": following.status,
        "steps": (Step(step=following.status, at=stamp),),
        "tries": (*record.tries, _earlier_try(record, stamp))[-TRIES_KEPT:],
        "updated_at": stamp,
    }
    if not record.is_in_progress:
        changes["deployment"] = DeploymentRecord()
    if following.promotion is None:
        removed.append("promotion")
    else:
        changes["promotion"] = following.promotion
        changes |= _approved(record, stamp)
    if following.status is RunStatus.TRAINING:
        removed += ["evaluation", "estimate", "budget_refusal", "quota_refusal"]
        changes["training"] = _next_training(record, following)
    expression = set_expression(changes)
    expression["UpdateExpression"] += f" REMOVE {', '.join(removed)}"
    expression["ExpressionAttributeNames"] |= {
        "#execution": "execution",
        "#status": "status",
    }
    expression["ExpressionAttributeValues"] |= {
        ":held": record.execution,
        ":before": record.status,
    }
    return expression


def _approved(record: RunRecord, stamp: str) -> dict[str, Any]:
    """Whoever puts a run live that waits for approval, or was rejected, approves it: noted in the same write."""
    approval = record.approval
    if approval is None or approval.decision is ApprovalDecision.APPROVED:
        return {}
    decided = replace(approval, decision=ApprovalDecision.APPROVED, decided_at=stamp)
    return {"approval": decided}


def _earlier_try(record: RunRecord, stamp: str) -> EarlierTry:
    return EarlierTry(
        number=record.try_number,
        execution=record.execution,
        status=record.status,
        steps=record.steps,
        ended_at=record.ended_at or stamp,
        failure=record.failure,
        training_job=record.training.job,
        notified=record.notified,
        promotion=record.promotion,
    )


def _next_training(record: RunRecord, following: NextTry) -> Training:
    """An ended try has waited for an instance as long as it may: the next one waits anew."""
    if record.is_in_progress:
        return record.training
    job = record.training.job if following.keeps_job else ""
    return Training(job=job, number=record.training.number)
