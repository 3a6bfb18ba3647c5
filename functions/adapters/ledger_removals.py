"""What the ledger says of runs whose archive and data are removed."""

from __future__ import annotations

from typing import Any

from contracts.run_record import IN_PROGRESS, RunStatus
from functions.adapters.ledger_table import LedgerTable, run_key, set_expression

_REMOVED = ("archive", "kept_spec", "report", "card", "mistakes", "label_errors")
"""What a record says of objects that are no longer there."""


class Removals(LedgerTable):
    """Before an object goes, the ledger says so: from then on nothing is promoted or retried from it."""

    def begin_removal(self, run: str) -> bool:
        """Every object of an ended run is removed from now on; False of one that is live or in progress."""
        stamp = self._stamp()
        expression = set_expression({"removing": True, "updated_at": stamp})
        names = {f"#removed{i}": name for i, name in enumerate(_REMOVED)}
        expression["UpdateExpression"] += (
            ", removed_at = if_not_exists(removed_at, :removed)"
            f" REMOVE {', '.join(names)}"
        )
        expression["ExpressionAttributeNames"] |= names | {"#status": "status"}
        expression["ExpressionAttributeValues"][":removed"] = stamp
        kept = {
            f"kept{i}": status
            for i, status in enumerate(sorted({*IN_PROGRESS, RunStatus.LIVE}))
        }
        listed = ", ".join(f":{name}" for name in kept)
        condition = f"attribute_exists(pk) AND NOT #status IN ({listed})"
        return self._update(run_key(run), condition, expression, **kept)

    def end_removal(self, run: str) -> None:
        """No object of the run is left."""
        expression: dict[str, Any] = {"UpdateExpression": "REMOVE removing"}
        self._update(run_key(run), "attribute_exists(pk)", expression)
