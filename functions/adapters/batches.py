"""The ledger's batches: one item each, beside the model's.

Whoever works on a batch does so for one execution, and writes only while the batch is that execution's and in progress:
what comes late after a stop or a new start changes nothing.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from contracts.batch import IN_PROGRESS, STARTABLE, BatchRecord, BatchStatus
from functions.adapters.errors import translated
from functions.adapters.ledger_table import LedgerTable, set_expression, to_item

KIND = "batch"
MAX_NAME_CHARACTERS = 200
"""More than any batch's; a character takes up to four of the 1,024 bytes of a sort key."""


def batch_key(model: str, batch: str) -> dict[str, str]:
    return {"pk": f"model#{model}", "sk": f"{KIND}#{batch}"}


@translated
class Batches(LedgerTable):
    """The only way to these items."""

    def find(self, model: str, batch: str) -> BatchRecord | None:
        """None as well for a name that DynamoDB would refuse as a part of a key."""
        if len(batch) > MAX_NAME_CHARACTERS:
            return None
        content = self._get(batch_key(model, batch))
        return BatchRecord.read(content) if content else None

    def of_model(
        self, model: str, limit: int | None = None, after: str | None = None
    ) -> list[BatchRecord]:
        """The newest first: their names have the time after the model's. `after` is the last batch of a page before."""
        prefix = batch_key(model, "")
        start = None if after is None else batch_key(model, after)
        items = self._partition(prefix["pk"], prefix["sk"], newest=True, start=start)
        return [BatchRecord.read(content) for _, content in islice(items, limit)]

    def create(self, record: BatchRecord) -> BatchRecord:
        item = batch_key(record.model, record.batch) | to_item(record.write())
        self._table.put_item(Item=item)
        return record

    def start(self, record: BatchRecord, **fields: Any) -> BatchRecord | None:
        """Begins the next try; None where the batch has changed since `record` was read."""
        changes = fields | {
            "status": BatchStatus.PREPARING,
            "tries": record.tries + 1,
            "updated_at": self._stamp(),
        }
        expression = set_expression(changes)
        expression["UpdateExpression"] += " REMOVE failure, ended_at, job"
        return self._changed(record, expression, STARTABLE)

    def change(self, record: BatchRecord, **fields: Any) -> BatchRecord | None:
        """Sets fields, a status among them, of a batch in progress; None where it is no more, or another's."""
        changes = fields | {"updated_at": self._stamp()}
        gone = [name for name, value in changes.items() if value is None]
        kept = {name: value for name, value in changes.items() if value is not None}
        expression = set_expression(kept)
        if gone:
            expression["UpdateExpression"] += f" REMOVE {', '.join(gone)}"
        return self._changed(record, expression, IN_PROGRESS)

    def end(
        self, record: BatchRecord, status: BatchStatus, **fields: Any
    ) -> BatchRecord | None:
        """The same with the end of the batch."""
        return self.change(
            record, status=status, ended_at=self._stamp(), job=None, **fields
        )

    def forget(self, record: BatchRecord) -> None:
        self._table.delete_item(Key=batch_key(record.model, record.batch))

    def _changed(
        self,
        record: BatchRecord,
        expression: dict[str, Any],
        only_from: frozenset[BatchStatus],
    ) -> BatchRecord | None:
        allowed = {f"from{i}": status for i, status in enumerate(sorted(only_from))}
        names = ", ".join(f":{name}" for name in allowed)
        expression["ExpressionAttributeNames"]["#status"] = "status"
        is_written = self._update(
            batch_key(record.model, record.batch),
            f"#status IN ({names}) AND tries = :seen",
            expression,
            seen=record.tries,
            **allowed,
        )
        return self.find(record.model, record.batch) if is_written else None
