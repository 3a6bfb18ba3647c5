"""The DynamoDB table of models, runs and drops.

Items: `run#<run>` one run; `model#<model>`/`model` the model with its champion and the lock of its active run;
`model#<model>`/`drop#<fingerprint>` the last run over a fingerprint. The index `by_kind` lists runs by start and
models by name. A claim writes all three items in one transaction, so only one run can hold a model. An ended run
comes back only by a retry, which gives it to another execution: late writers may add facts to a run, but not change how
it ended, and those of an earlier execution write nothing to one that was retried.
"""

from __future__ import annotations

import copy
from typing import Any, Self

from contracts.drift import Drift
from contracts.model_record import ModelRecord
from contracts.run_record import IN_PROGRESS, RunRecord, RunStatus
from functions.adapters.errors import translated
from functions.adapters.ledger_claims import Claims, LedgerConflictError
from functions.adapters.ledger_records import UnknownRunError
from functions.adapters.ledger_removals import Removals
from functions.adapters.ledger_table import (
    model_key,
    run_key,
    set_expression,
    utc_now,
)
from functions.adapters.ledger_tries import Tries

__all__ = [
    "Ledger",
    "LedgerConflictError",
    "OvertakenError",
    "UnknownRunError",
    "utc_now",
]


class OvertakenError(RuntimeError):
    """The run goes on in another execution than the writer's."""

    def __init__(self, run: str, execution: str) -> None:
        super().__init__(
            f"run {run!r} goes on in another execution than {execution!r}; nothing was written"
        )


_FREE = {"UpdateExpression": "REMOVE active_run, active_execution"}


@translated
class Ledger(Claims, Tries, Removals):
    """The only way to the table."""

    _execution = ""

    def fenced(self, execution: str) -> Self:
        """The ledger for whoever works on behalf of an execution: it writes only to runs that are that execution's.

        With an empty text there is no fence.
        """
        fenced = copy.copy(self)
        fenced._execution = execution
        return fenced

    def _update_run(
        self, run: str, condition: str, expression: dict[str, Any], **values: Any
    ) -> bool:
        """False where the condition did not hold, or the fence."""
        if self._execution:
            condition += " AND #execution = :fence"
            names = expression["ExpressionAttributeNames"] | {"#execution": "execution"}
            expression = expression | {"ExpressionAttributeNames": names}
            values["fence"] = self._execution
        return self._update(run_key(run), condition, expression, **values)

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
            return self._update_run(run, condition, expression, **allowed)
        return self._update_run(
            run, condition + "#status <> :to", expression, to=status
        )

    def record(self, run: str, status: RunStatus | None = None, **fields: Any) -> None:
        """Sets fields of a run; a new status becomes a step, but nothing here brings an ended run back to life.

        Raises `UnknownRunError`, and behind a fence `OvertakenError`.
        """
        if status is not None:
            only_from = IN_PROGRESS if status in IN_PROGRESS else frozenset()
            if self._progress(run, status, fields, only_from):
                return
        changes = set_expression(fields | {"updated_at": self._stamp()})
        if not self._update_run(run, "attribute_exists(pk)", changes):
            self.get_run(run)
            raise OvertakenError(run, self._execution)

    def is_current(self, run: str) -> bool:
        """Whether the run is still in progress, and behind a fence in that execution."""
        record = self.find_run(run)
        if record is None or not record.is_in_progress:
            return False
        return self._execution in {"", record.execution}

    def end(self, run: str, status: RunStatus, **fields: Any) -> bool:
        """Ends a run in progress and frees its model for the next drop; False where it had ended before."""
        ended = self._progress(
            run, status, fields | {"ended_at": self._stamp()}, IN_PROGRESS
        )
        record = self.get_run(run)
        if not record.is_in_progress:
            self._release(record)
        return ended

    def free(self, model: str, run: str) -> bool:
        """Frees a model whose run is no more in the ledger; False where another run holds it, or none."""
        return self._update(model_key(model), "active_run = :run", _FREE, run=run)

    def _release(self, record: RunRecord) -> None:
        """Frees the model of an ended run, unless the run has been retried since `record` was read."""
        condition = (
            "active_run = :run AND "
            "(attribute_not_exists(active_execution) OR active_execution = :execution)"
        )
        self._update(
            model_key(record.model),
            condition,
            _FREE,
            run=record.run,
            execution=record.execution,
        )

    def promote(self, run: str) -> str | None:
        """Makes the run its model's champion in one transaction; returns the champion it replaced.

        Repeating it changes nothing. Raises `LedgerConflictError` where the run no longer holds its model.
        """
        record = self.get_run(run)
        model = self.find_model(record.model)
        champion = model.champion if model else None
        if champion == run:
            return model.previous_champion if model else None
        if self._transact(self._promotion(record, champion)):
            return champion
        raise LedgerConflictError(f"run {run!r} no longer holds model {record.model!r}")

    def _promotion(
        self, record: RunRecord, previous: str | None
    ) -> list[dict[str, Any]]:
        """The model gets its champion, the run is live, and the one before is not any more."""
        stamp, table = self._stamp(), self._table.name
        facts = {
            "champion": record.run,
            "previous_champion": previous,
            "task": record.task,
            "custom": record.hooks is not None,
            "mode": record.deployment.mode or None,
            "idle_minutes": record.deployment.idle_minutes,
            "long_text": _long_text(record),
            "updated_at": stamp,
        }
        model = set_expression(facts)
        model["UpdateExpression"] += f" {_FREE['UpdateExpression']}, asleep_since"
        model["ExpressionAttributeValues"][":run"] = record.run
        run = set_expression(
            {
                "status": RunStatus.LIVE,
                "ended_at": stamp,
                "updated_at": stamp,
                "live_since": stamp,
                "replaced": previous,
            },
            step={"step": RunStatus.LIVE, "at": stamp},
        )
        run["ExpressionAttributeNames"]["#execution"] = "execution"
        run["ExpressionAttributeValues"][":execution"] = (
            self._execution or record.execution
        )
        updates = [
            {
                "Key": model_key(record.model),
                "ConditionExpression": "active_run = :run",
                **model,
            },
            {
                "Key": run_key(record.run),
                "ConditionExpression": "#execution = :execution",
                **run,
            },
        ]
        if previous and self.find_run(previous):
            superseded = set_expression(
                {"status": RunStatus.SUPERSEDED, "updated_at": stamp},
                step={"step": RunStatus.SUPERSEDED, "at": stamp},
            )
            updates.append({"Key": run_key(previous), **superseded})
        return [{"Update": {"TableName": table, **update}} for update in updates]

    def record_drift(self, model: ModelRecord, drift: Drift) -> bool:
        """Of the live release; False where another is live by now."""
        return self._update(
            model_key(model.model),
            "champion = :champion",
            set_expression({"drift": drift}),
            champion=drift.run,
        )

    def fall_asleep(self, model: ModelRecord) -> bool:
        """Notes that the model's endpoint goes; False while a run holds the model, or where another release is live."""
        stamp = self._stamp()
        return self._update(
            model_key(model.model),
            "champion = :champion AND attribute_not_exists(active_run) AND attribute_not_exists(asleep_since)",
            set_expression({"asleep_since": stamp, "updated_at": stamp}),
            champion=model.champion,
        )

    def awake(self, model: ModelRecord) -> bool:
        """Notes that the model has its endpoint again; False where it has been noted, or has fallen asleep anew."""
        expression = set_expression({"updated_at": self._stamp()})
        expression["UpdateExpression"] += " REMOVE asleep_since"
        return self._update(
            model_key(model.model),
            "asleep_since = :since",
            expression,
            since=model.asleep_since,
        )

    def retire_champion(self, model: str) -> None:
        """Forgets the champion after its endpoint was deleted on purpose."""
        record = self.find_model(model)
        if record and record.champion:
            self.record(record.champion, RunStatus.SUPERSEDED)
            expression = set_expression({"updated_at": self._stamp()})
            expression["UpdateExpression"] += " REMOVE champion, asleep_since"
            self._update(
                model_key(model),
                "champion = :champion",
                expression,
                champion=record.champion,
            )


def _long_text(record: RunRecord) -> int | None:
    profile = record.data.profile
    return profile.text.characters.p95 if profile else None
