"""Removes what S3 holds of runs: archives that are no longer kept, with everything that was made for them."""

from __future__ import annotations

from dataclasses import dataclass

from contracts import locations
from functions.adapters.ledger import Ledger
from functions.adapters.storage import Storage


def prefixes_of(run: str) -> tuple[str, ...]:
    """Everything in the data bucket that is a run's."""
    return (
        locations.run_prefix(run),
        locations.checkpoints_prefix(run),
        locations.outputs_prefix(run),
        locations.model_prefix(run),
    )


@dataclass(frozen=True)
class Remover:
    """Every method may be repeated, and goes on where it stopped."""

    ledger: Ledger
    storage: Storage

    def remove(self, run: str) -> bool:
        """All of an ended run but its record; False of one that is live or in progress."""
        if not self.ledger.begin_removal(run):
            return False
        for prefix in prefixes_of(run):
            self.storage.delete_prefix(prefix)
        self.ledger.end_removal(run)
        return True
