from __future__ import annotations

from typing import Any

import pytest

from contracts.costs import (
    BookedCost,
    CostCategory,
    CostEstimate,
    InstanceEstimate,
    Price,
    RunningCost,
)
from contracts.spec import Spec
from functions.adapters.cost_book import CostBook
from functions.adapters.errors import TransientError
from functions.costs.reservations import MAX_TRIES, Reservations
from tests.unit.functions.fakes import NOW, STAMP, MemoryLedger, cost_book, now
from tests.unit.functions.specs import RUN, spec

PRICE = Price(1.0, "list", "2026-05-01")
TRAINING, ENDPOINT = CostCategory.TRAINING, CostCategory.ENDPOINT
OTHER = RunningCost("other", TRAINING, "m", "m-2", STAMP, reserved_usd=3.0)


def estimate(most: float | None = 2.0) -> CostEstimate:
    usd = None if most is None else (0.5, most)
    price = None if most is None else PRICE
    return CostEstimate(STAMP, (InstanceEstimate("ml.a", (1, 2), price, usd),))


class Desk:
    """Reserves for one run."""

    def __init__(self, monthly_usd: float = 0.0) -> None:
        self.book = cost_book()
        self.reservations = Reservations(self.book, monthly_usd, now)
        self.record = MemoryLedger().add(RUN)

    def reserve(self, most: float | None = 2.0, **budget: float) -> Any:
        wanted = Spec.read(spec(budget=budget))
        return self.reservations.reserve(self.record, wanted, "job", estimate(most))

    def reserved(self) -> list[str]:
        return [cost.name for cost in self.book.running()]

    def add_booked(self, model: str, usd: float) -> None:
        cost = RunningCost(f"job of {model}", TRAINING, model, f"{model}-1", STAMP)
        self.book.reserve(cost, self.book.turn())
        amount = BookedCost(
            cost.name, TRAINING, model, cost.run, STAMP, STAMP, 60.0, usd=usd
        )
        assert self.book.book(cost, [amount])


def test_without_a_budget_everything_fits() -> None:
    desk = Desk()
    assert desk.reserve(1e6) is None
    assert desk.reserve(None) is None
    assert desk.reserved() == ["job"]


def test_a_training_fits_the_budget_of_its_run_or_is_refused() -> None:
    desk = Desk()
    assert desk.reserve(2.01, run_usd=2.0).write() == {
        "expected": "a training of at most 2 USD (budget.run_usd of traindrop.yaml)",
        "found": "an estimate of 0.50 to 2.01 USD for this one",
        "remedy": "Raise budget.run_usd, lower compute.max_runtime_seconds, after which the job is stopped, or name "
        "cheaper instance types under compute.instance_types. Drop the data again.",
        "refused_at": NOW.isoformat(timespec="seconds"),
    }
    assert desk.reserved() == []
    assert desk.reserve(2.0, run_usd=2.0) is None


def test_the_budget_of_a_model_counts_its_own_costs_only() -> None:
    desk = Desk()
    desk.add_booked("reviews", 4.0)
    desk.add_booked("others", 100.0)
    assert desk.reserve(2.0, month_usd=6.0) is None
    refusal = desk.reserve(2.01, month_usd=6.0)
    assert refusal.expected == (
        "trainings and endpoints of reviews of at most 6 USD a month (budget.month_usd of traindrop.yaml)"
    )
    assert refusal.found == (
        "4.00 USD booked or reserved in 2026-05, and an estimate of 0.50 to 2.01 USD for this one"
    )
    assert "Or wait for the next month" in refusal.remedy


def test_the_budget_of_the_stack_counts_what_is_in_progress() -> None:
    """4 booked, 3 reserved by another run, an endpoint for twelve hours at a dollar."""
    desk = Desk(21.0)
    desk.add_booked("others", 4.0)
    desk.book.reserve(OTHER, desk.book.turn())
    midnight = NOW.replace(hour=0).isoformat()
    serving = RunningCost("e", ENDPOINT, "m", "m-1", midnight, 1, "ml.x")
    desk.book.begin(serving)
    assert desk.reserve(14.0) is None
    desk.book.forget(serving)
    desk.book.begin(
        RunningCost("e", ENDPOINT, "m", "m-1", midnight, 1, "ml.x", {"ml.x": PRICE})
    )
    refusal = desk.reserve(2.01)
    assert refusal.found.startswith("19.00 USD booked or reserved in 2026-05")
    assert "(MonthlyBudget of the stack)" in refusal.expected
    assert "POST /runs/<run>/retry" in refusal.remedy
    assert desk.reserve(2.0) is None


def test_a_runs_own_reservation_does_not_count_against_it() -> None:
    desk = Desk(2.0)
    for _ in range(2):
        assert desk.reserve(2.0) is None


def test_a_budget_needs_prices() -> None:
    refusal = Desk(100.0).reserve(None)
    assert (refusal.expected, refusal.found) == (
        "an instance type whose price is known, as a budget is set",
        "unknown price of ml.a",
    )


def test_with_a_budget_only_types_with_a_price_are_asked_for() -> None:
    """`ml.b` and `ml.c` of the spec have none."""
    wanted, desk = Spec.read(spec()), Desk(9.0)
    types = desk.reservations.priced(wanted, estimate()).compute.instance_types
    assert types == ("ml.a",)
    assert desk.reservations.priced(wanted, None) == wanted
    assert desk.reservations.priced(wanted, estimate(None)) == wanted
    assert Desk().reservations.priced(wanted, estimate()) == wanted


def test_who_comes_second_looks_at_the_sum_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(4.0)
    first_turn = desk.book.turn()
    reserve = CostBook.reserve

    def reserve_second(book: CostBook, cost: RunningCost, turn: int) -> bool:
        if turn == first_turn:
            reserve(book, OTHER, turn)
        return reserve(book, cost, turn)

    monkeypatch.setattr(CostBook, "reserve", reserve_second)
    assert desk.reserve(2.0).found.startswith("3.00 USD booked or reserved")
    assert desk.reserved() == ["other"]


def test_who_is_never_first_is_to_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []
    monkeypatch.setattr(CostBook, "reserve", lambda _, __, turn: tries.append(turn))
    with pytest.raises(TransientError, match="ask again"):
        Desk().reserve()
    assert len(tries) == MAX_TRIES
