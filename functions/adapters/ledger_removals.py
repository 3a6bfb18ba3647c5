"""What the ledger says of runs whose archive and data are removed, and of models that are deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from contracts.run_record import Failure, RunRecord, RunStatus
from functions.adapters.ledger_table import (
    LedgerTable,
    answers_partition,
    drop_key,
    model_key,
    run_key,
    set_expression,
)

_OF_OBJECTS = ("report", "card", "mistakes", "label_errors", "problems", "example")
"""What a record says of objects that are no longer there, and cells of the data that it quotes."""
_OF_ARCHIVE = ("archive", "kept_spec")


class Removals(LedgerTable):
    """Before an object goes, the ledger says so: from then on nothing is promoted or retried from it."""

    def begin_removal(self, record: RunRecord) -> bool:
        """Notes that what is kept of an ended run is removed, and takes quotes of its data out of the record.

        False of a run that is in progress, or has changed since `record` was read. Of the live run the archive stays.
        """
        if record.is_in_progress:
            return False
        stamp = self._stamp()
        changes: dict[str, Any] = {
            "removing": True,
            "removed_at": record.removed_at or stamp,
            "updated_at": stamp,
            "tries": tuple(
                replace(item, failure=_without_log(item.failure))
                for item in record.tries
            ),
        }
        if record.failure:
            changes["failure"] = _without_log(record.failure)
        is_live = record.status is RunStatus.LIVE
        gone = _OF_OBJECTS if is_live else _OF_OBJECTS + _OF_ARCHIVE
        expression = set_expression(changes)
        names = {f"#gone{i}": name for i, name in enumerate(gone)}
        expression["UpdateExpression"] += f" REMOVE {', '.join(names)}"
        expression["ExpressionAttributeNames"] |= names | {
            "#status": "status",
            "#execution": "execution",
        }
        return self._update(
            run_key(record.run),
            "#status = :before AND #execution = :held",
            expression,
            before=record.status,
            held=record.execution,
        )

    def end_removal(self, run: str) -> None:
        """No object of the run is left that was to go."""
        expression: dict[str, Any] = {"UpdateExpression": "REMOVE removing"}
        self._update(run_key(run), "attribute_exists(pk)", expression)

    def forget_model(self, model: str, runs: Iterable[RunRecord]) -> bool:
        """Deletes the items of a model, these runs, their claims and counts; False where another run holds it by now.

        The model's own item goes last. What a drop claims meanwhile stays.
        """
        for run in runs:
            claim = drop_key(model, run.fingerprint)
            self._delete(claim, "attempt = :attempt", {":attempt": run.attempt})
            self._table.delete_item(Key=run_key(run.run))
        counts = answers_partition(model)
        for key, _ in self._partition(counts):
            self._table.delete_item(Key={"pk": counts, "sk": key})
        return self._delete(model_key(model), "attribute_not_exists(active_run)", {})


def _without_log(failure: Failure | None) -> Failure | None:
    return replace(failure, log_tail=()) if failure else None
