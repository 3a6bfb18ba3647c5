"""Noting releases again that the ledger lost."""

from __future__ import annotations

from typing import Any

from contracts.model_record import Drop
from contracts.run_record import RunRecord, RunStatus
from functions.adapters.errors import translated
from functions.adapters.ledger import Ledger
from functions.adapters.ledger_table import (
    drop_key,
    model_key,
    run_key,
    set_expression,
    to_item,
)


@translated
class RebuiltLedger(Ledger):
    """The ledger for who has found out on AWS what it held."""

    def restore(self, record: RunRecord, endpoint: str, drop: Drop | None) -> bool:
        """Makes a run its model's champion, in one transaction; False where the model changed meanwhile, or is busy.

        The run's own record is left as it is where there is one. With `drop` the same files start no run again.
        """
        table = self._table.name
        model = self.find_model(record.model)
        before = model.champion if model else None
        is_known = self.find_run(record.run) is not None
        items = [self._champion(record, endpoint, before)]
        if not is_known:
            content = run_key(record.run) | {"kind": "run", "sort": record.started_at}
            run: dict[str, Any] = {
                "TableName": table,
                "Item": content | to_item(record.write()),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
            items.append({"Put": run})
        if drop:
            held = {
                "run": record.run,
                "attempt": record.attempt,
                "versions": drop.versions,
            }
            key = drop_key(drop.model, drop.fingerprint)
            items.append({"Put": {"TableName": table, "Item": key | held}})
        if not self._transact(items):
            return False
        if is_known:
            self.record(record.run, RunStatus.LIVE)
        if before and before != record.run and self.find_run(before):
            self.record(before, RunStatus.SUPERSEDED)
        return True

    def _champion(
        self, record: RunRecord, endpoint: str, before: str | None
    ) -> dict[str, Any]:
        facts = {
            "kind": "model",
            "sort": record.model,
            "model": record.model,
            "endpoint": endpoint,
            "champion": record.run,
            "task": record.task,
            "custom": record.hooks is not None,
            "mode": record.deployment.mode or None,
            "updated_at": self._stamp(),
        }
        if before and before != record.run:
            facts["previous_champion"] = before
        update = set_expression(facts)
        condition = "attribute_not_exists(active_run) AND "
        if before:
            condition += "champion = :before"
            update["ExpressionAttributeValues"][":before"] = before
        else:
            condition += "attribute_not_exists(champion)"
        return {
            "Update": {
                "TableName": self._table.name,
                "Key": model_key(record.model),
                "ConditionExpression": condition,
                **update,
            }
        }
