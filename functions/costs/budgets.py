"""Whether what a training may cost fits its budgets: the run's, the model's of a month, the stack's of a month.

What counts against a month is what was booked in it, what endpoints that run have billed of it, and the most that
trainings in progress are estimated at. The most that this training is estimated at must fit beside that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from contracts.costs import (
    BookedCost,
    BudgetRefusal,
    CostCategory,
    CostEstimate,
    RunningCost,
)
from contracts.failures import DROP_AGAIN, RETRY
from contracts.spec import Budget
from functions.adapters.cost_book import CostBook, month_of
from functions.costs.report import running_between

LESS = (
    "lower compute.max_runtime_seconds, after which the job is stopped, or name cheaper instance types under "
    "compute.instance_types"
)
NEXT_MONTH = "wait for the next month, or until trainings in progress have ended for less, and retry"


@dataclass(frozen=True)
class Budgets:
    """`stack_month_usd` is the stack's `MonthlyBudget`, 0 for none; `run` and `model` are those of `traindrop.yaml`."""

    run: Budget
    stack_month_usd: float = 0.0

    @property
    def are_set(self) -> bool:
        return any((self.run.run_usd, self.run.month_usd, self.stack_month_usd))

    def refusal(
        self, book: CostBook, cost: RunningCost, estimate: CostEstimate, now: datetime
    ) -> BudgetRefusal | None:
        """None where the training that `cost` notes fits."""
        if not self.are_set:
            return None
        refused_at = now.isoformat(timespec="seconds")
        if cost.reserved_usd is None:
            return _unpriced(estimate, refused_at)
        if self.run.run_usd and cost.reserved_usd > self.run.run_usd:
            return BudgetRefusal(
                f"a training of at most {self.run.run_usd:g} USD (budget.run_usd of traindrop.yaml)",
                _estimated(estimate),
                f"Raise budget.run_usd, {LESS}. {DROP_AGAIN}",
                refused_at,
            )
        return self._monthly_refusal(book, cost, estimate, now)

    def _monthly_refusal(
        self, book: CostBook, cost: RunningCost, estimate: CostEstimate, now: datetime
    ) -> BudgetRefusal | None:
        limits = (
            (cost.model, self.run.month_usd, "budget.month_usd of traindrop.yaml"),
            (None, self.stack_month_usd, "MonthlyBudget of the stack"),
        )
        if not any(limit for _, limit, _ in limits):
            return None
        amounts = list(_counted(book, cost, now))
        for model, limit, name in limits:
            spent = sum(usd for owner, usd in amounts if model in (None, owner))
            if not limit or spent + (cost.reserved_usd or 0.0) <= limit:
                continue
            whose = f"of {model} " if model else ""
            raised = f"Raise {name.partition(' ')[0]}"
            again = DROP_AGAIN if model else RETRY
            return BudgetRefusal(
                f"trainings and endpoints {whose}of at most {limit:g} USD a month ({name})",
                f"{spent:.2f} USD booked or reserved in {month_of(now.isoformat())}, and {_estimated(estimate)}",
                f"{raised}, or {LESS}: {again} Or {NEXT_MONTH}: POST /runs/<run>/retry.",
                now.isoformat(timespec="seconds"),
            )
        return None


def batch_refusal(
    book: CostBook, cost: RunningCost, month_usd: float, now: datetime
) -> str:
    """Why the next job of a batch is not started under the stack's `MonthlyBudget` (0 for none); empty where it is.

    What a job will cost is not known: a month whose budget is spent begins no other.
    """
    if not month_usd:
        return ""
    if cost.price is None:
        return (
            f"Expected an instance type whose price is known, as MonthlyBudget is set; found unknown price of "
            f"{cost.instance_type}. Deploy with another BatchInstanceType, or let the batch function ask the AWS Price "
            "List (pricing:GetProducts)."
        )
    spent = sum(usd for _, usd in _counted(book, cost, now))
    if spent < month_usd:
        return ""
    return (
        f"Expected trainings, endpoints and batches of less than {month_usd:g} USD a month (MonthlyBudget of the "
        f"stack); found {spent:.2f} USD booked or reserved in {month_of(now.isoformat())}. Raise MonthlyBudget, or "
        "wait for the next month."
    )


def _counted(
    book: CostBook, cost: RunningCost, now: datetime
) -> Iterator[tuple[str, float]]:
    """Model and USD of everything that counts against the month, but for the run's own reservations."""
    month, running = month_of(now.isoformat()), book.running()
    amounts: list[BookedCost] = [
        *book.booked(month),
        *running_between(running, month, now),
    ]
    for amount in amounts:
        yield amount.model, amount.usd or 0.0
    for other in running:
        if other.category is CostCategory.TRAINING and other.run != cost.run:
            yield other.model, other.reserved_usd or 0.0


def _estimated(estimate: CostEstimate) -> str:
    least, most = estimate.usd or (0.0, 0.0)
    return f"an estimate of {least:.2f} to {most:.2f} USD for this one"


def _unpriced(estimate: CostEstimate, refused_at: str) -> BudgetRefusal:
    names = ", ".join(estimate.unpriced) or "its instances"
    return BudgetRefusal(
        "an instance type whose price is known, as a budget is set",
        f"unknown price of {names}",
        "Name other types under compute.instance_types, or let Start training ask the AWS Price List "
        f"(pricing:GetProducts), or remove the budget. {DROP_AGAIN}",
        refused_at,
    )
