"""Notes what a training may cost before its job is created, one reservation after the other."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.costs import RunningCost
from functions.adapters.cost_book import CostBook
from functions.adapters.errors import TransientError

MAX_TRIES = 20
"""Of many runs that start in the same second, each gives way to the others a few times."""


@dataclass(frozen=True)
class Reservations:
    book: CostBook

    def reserve(self, cost: RunningCost) -> None:
        """Raises `TransientError` where others were always first: the state machine asks again."""
        for _ in range(MAX_TRIES):
            turn = self.book.turn()
            if self.book.reserve(cost, turn):
                return
        raise TransientError("many runs reserve at this moment; ask again")
