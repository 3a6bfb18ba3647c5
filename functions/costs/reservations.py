"""Notes what a training may cost before its job is created, one after the other, if its budgets have room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.costs import BudgetRefusal, CostEstimate
from contracts.run_record import RunRecord
from contracts.spec import Spec
from functions.adapters.cost_book import CostBook
from functions.adapters.errors import TransientError
from functions.adapters.ledger_table import utc_now
from functions.costs.booking import job_reservation
from functions.costs.budgets import Budgets

MAX_TRIES = 20
"""Of many runs that start in the same second, each gives way to the others a few times."""


@dataclass(frozen=True)
class Reservations:
    """`monthly_usd` is the stack's budget of a month; 0 for none."""

    book: CostBook
    monthly_usd: float = 0.0
    now: Callable[[], datetime] = utc_now

    def priced(self, spec: Spec, estimate: CostEstimate | None) -> Spec:
        """With a budget, only the instance types whose price is known are asked for, if there is one."""
        names = (
            tuple(item.instance_type for item in estimate.priced) if estimate else ()
        )
        if not names or not Budgets(spec.budget, self.monthly_usd).are_set:
            return spec
        return replace(spec, compute=replace(spec.compute, instance_types=names))

    def reserve(
        self, record: RunRecord, spec: Spec, job: str, estimate: CostEstimate
    ) -> BudgetRefusal | None:
        """None where the job may be created: what it may cost is noted, on the very sum that was looked at.

        Raises `TransientError` where others were always first: the state machine asks again.
        """
        cost = job_reservation(record, job, estimate, self.now())
        budgets = Budgets(spec.budget, self.monthly_usd)
        for _ in range(MAX_TRIES):
            turn = self.book.turn()
            refusal = budgets.refusal(self.book, cost, estimate, self.now())
            if refusal or self.book.reserve(cost, turn):
                return refusal
        raise TransientError("many runs reserve at this moment; ask again")
