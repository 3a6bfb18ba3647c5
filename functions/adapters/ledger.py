"""The DynamoDB table of models, runs and drops.

Items: `run#<run>` one run; `model#<model>`/`model` the model with its champion and the lock of its active run;
`model#<model>`/`drop#<fingerprint>` the last run over a fingerprint. The index `by_kind` lists runs by start and
models by name. A claim writes all three items in one transaction, so only one run can hold a model. An ended run
never comes back: late writers may add facts to it, but not change how it ended.
"""

from __future__ import annotations

from typing import Any

from contracts.run_record import IN_PROGRESS, RunRecord, RunStatus
from functions.adapters.errors import translated
from functions.adapters.ledger_claims import Claims, LedgerConflictError
from functions.adapters.ledger_records import UnknownRunError
from functions.adapters.ledger_table import (
    model_key,
    run_key,
    set_expression,
    utc_now,
)

__all__ = ["Ledger", "LedgerConflictError", "UnknownRunError", "utc_now"]


@translated
class Ledger(Claims):
    """The only way to the table."""

    def _progress(
        self,
        run: str,
        status: RunStatus,
        fields: dict[str, Any],
        only_from: frozenset[RunStatus],
    ) -> bool:
        """Moves the run to `status` unless it is there already, or is in none of `only_from` (if any are given)."""
        stamp = self._stamp()
        changes = fields | {"updated_at": stamp, "status": status}
        allowed = {
            f"from{i}": value for i, value in enumerate(sorted(only_from - {status}))
        }
        expression = set_expression(changes, {"step": status, "at": stamp})
        expression["ExpressionAttributeNames"]["#status"] = "status"
        condition = "attribute_exists(pk) AND "
        if allowed:
            condition += f"#status IN ({', '.join(f':{name}' for name in allowed)})"
            return self._update(run_key(run), condition, expression, **allowed)
        return self._update(
            run_key(run), condition + "#status <> :to", expression, to=status
        )

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        """Sets fields of a run; a new status becomes a step, but nothing brings an ended run back to life."""
        if status is not None:
            only_from = IN_PROGRESS if status in IN_PROGRESS else frozenset()
            if self._progress(run, status, fields, only_from):
                return
        changes = set_expression(fields | {"updated_at": self._stamp()})
        if not self._update(run_key(run), "attribute_exists(pk)", changes):
            raise UnknownRunError(run)

    def end(self, run: str, status: RunStatus, **fields: Any) -> bool:
        """Ends a run in progress and frees its model for the next drop; False where it had ended before."""
        ended = self._progress(
            run, status, fields | {"ended_at": self._stamp()}, IN_PROGRESS
        )
        self._release(self.get_run(run).model, run)
        return ended

    def _release(self, model: str, run: str) -> None:
        self._update(
            model_key(model),
            "active_run = :run",
            {"UpdateExpression": "REMOVE active_run"},
            run=run,
        )

    def promote(self, run: str) -> str | None:
        """Makes the run its model's champion in one transaction; returns the champion it replaced.

        Repeating it changes nothing. Raises `LedgerConflictError` where the run no longer holds its model.
        """
        record = self.get_run(run)
        model = self.find_model(record.model)
        champion = model.champion if model else None
        if champion == run:
            previous = model.previous_champion if model else None
        elif self._transact(self._promotion(record, champion)):
            previous = champion
        else:
            raise LedgerConflictError(
                f"run {run!r} no longer holds model {record.model!r}"
            )
        if previous:
            self.record(previous, RunStatus.SUPERSEDED)
        return previous

    def _promotion(
        self, record: RunRecord, previous: str | None
    ) -> list[dict[str, Any]]:
        stamp, table = self._stamp(), self._table.name
        facts = {
            "champion": record.run,
            "previous_champion": previous,
            "task": record.task,
            "custom": record.hooks is not None,
            "mode": record.deployment.mode or None,
            "updated_at": stamp,
        }
        model = set_expression(facts)
        model["UpdateExpression"] += " REMOVE active_run"
        model["ExpressionAttributeValues"][":run"] = record.run
        run = set_expression(
            {"status": RunStatus.LIVE, "ended_at": stamp, "updated_at": stamp},
            step={"step": RunStatus.LIVE, "at": stamp},
        )
        return [
            {
                "Update": {
                    "TableName": table,
                    "Key": model_key(record.model),
                    "ConditionExpression": "active_run = :run",
                    **model,
                }
            },
            {
                "Update": {
                    "TableName": table,
                    "Key": run_key(record.run),
                    "ConditionExpression": "attribute_exists(pk)",
                    **run,
                }
            },
        ]

    def retire_champion(self, model: str) -> None:
        """Forgets the champion after its endpoint was deleted on purpose."""
        record = self.find_model(model)
        if record and record.champion:
            self.record(record.champion, RunStatus.SUPERSEDED)
            expression = set_expression({"updated_at": self._stamp()})
            expression["UpdateExpression"] += " REMOVE champion"
            self._update(
                model_key(model),
                "champion = :champion",
                expression,
                champion=record.champion,
            )
