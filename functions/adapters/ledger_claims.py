"""Who may work on a drop: one run per content of a drop, one run per model."""

from __future__ import annotations

import random
from typing import Any

from contracts.model_record import Claim, ClaimOutcome, Drop, ModelRecord
from contracts.run_record import RunRecord, RunStatus, Step
from functions.adapters.ledger_records import LedgerRecords
from functions.adapters.ledger_table import (
    drop_key,
    model_key,
    run_key,
    set_expression,
    to_item,
)
from functions.common.names import resource_name, run_name

ATTEMPTS = 6


class LedgerConflictError(RuntimeError):
    """A conditional write kept losing against other writers."""


class Claims(LedgerRecords):
    """Claims of drops."""

    def claim(self, drop: Drop, execution: str) -> Claim:
        """Makes `execution` the only owner of the drop, or says which run is in the way.

        The same execution asking again gets its own run back. Raises `LedgerConflictError` after repeated races.
        """
        for attempt in range(ATTEMPTS):
            if claim := self._try_claim(drop, execution):
                return claim
            self._sleep(random.uniform(0, 0.02 * 2**attempt))
        raise LedgerConflictError(
            f"the drop of {drop.model!r} could not be claimed in {ATTEMPTS} attempts"
        )

    def _try_claim(self, drop: Drop, execution: str) -> Claim | None:
        # The model first: a lock seen here belongs to a claim whose drop the next read sees as well.
        model = self.find_model(drop.model)
        held = self._get(drop_key(drop.model, drop.fingerprint))
        if held and (claim := self._standing_claim(held, drop, model, execution)):
            return claim
        if model and model.active_run:
            return Claim(ClaimOutcome.BUSY, model.active_run)
        attempt = held["attempt"] + 1 if held else 1
        run = run_name(drop.model, drop.fingerprint, attempt)
        return (
            Claim(ClaimOutcome.CLAIMED, run)
            if self._write_claim(drop, run, attempt, execution)
            else None
        )

    def _standing_claim(
        self,
        held: dict[str, Any],
        drop: Drop,
        model: ModelRecord | None,
        execution: str,
    ) -> Claim | None:
        """A claim that already stands for this fingerprint, or None where a new attempt may be made."""
        run = self.find_run(held["run"])
        if run is None:
            return None
        if run.execution == execution:
            return Claim(ClaimOutcome.CLAIMED, run.run)
        is_champion = model is not None and model.champion == run.run
        is_late_event = held["versions"] == drop.versions
        stands = run.is_in_progress or is_champion or is_late_event
        return Claim(ClaimOutcome.DUPLICATE, run.run) if stands else None

    def _write_claim(self, drop: Drop, run: str, attempt: int, execution: str) -> bool:
        stamp, table = self._stamp(), self._table.name
        record = RunRecord(
            run=run,
            model=drop.model,
            fingerprint=drop.fingerprint,
            attempt=attempt,
            status=RunStatus.INSPECTING,
            execution=execution,
            started_at=stamp,
            updated_at=stamp,
            steps=(Step(step=RunStatus.INSPECTING, at=stamp),),
        )
        held = {"run": run, "attempt": attempt, "versions": drop.versions}
        put_drop: dict[str, Any] = {
            "TableName": table,
            "Item": drop_key(drop.model, drop.fingerprint) | held,
        }
        put_drop |= (
            {"ConditionExpression": "attribute_not_exists(pk)"}
            if attempt == 1
            else {
                "ConditionExpression": "attempt = :held",
                "ExpressionAttributeValues": {":held": attempt - 1},
            }
        )
        put_run = {
            "TableName": table,
            "Item": run_key(run)
            | {"kind": "run", "sort": stamp}
            | to_item(record.write()),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        model = {
            "kind": "model",
            "sort": drop.model,
            "model": drop.model,
            "active_run": run,
            "active_execution": execution,
            "updated_at": stamp,
        }
        lock = {
            "TableName": table,
            "Key": model_key(drop.model),
            "ConditionExpression": "attribute_not_exists(active_run)",
            **set_expression(
                model | {"endpoint": resource_name(self._stack, drop.model)}
            ),
        }
        return self._transact([{"Put": put_drop}, {"Put": put_run}, {"Update": lock}])
