from __future__ import annotations

import json
from datetime import timedelta

import pytest

from contracts.costs import CostCategory, Price, RunningCost
from functions.adapters.cost_book import CostBook
from functions.adapters.errors import TransientError
from functions.common.lambda_handler import metrics
from functions.sweep.spend import measure_spend, spend_of
from tests.unit.functions.fakes import NOW, STAMP, cost_book


@pytest.fixture
def book() -> CostBook:
    """An endpoint that has run for ten hours at 0.30 USD."""
    book = cost_book()
    since = (NOW - timedelta(hours=10)).isoformat()
    book.begin(
        RunningCost(
            name="e",
            category=CostCategory.ENDPOINT,
            model="reviews",
            run="reviews-1",
            since=since,
            instance_type="ml.m5.xlarge",
            instance_count=1,
            prices={"ml.m5.xlarge": Price(0.3, "a list", STAMP)},
        )
    )
    return book


def test_the_months_costs_are_measured_beside_its_budget(book: CostBook) -> None:
    assert spend_of(book, 0.0, NOW) == {"MonthUsd": 3.0}
    assert spend_of(book, 4.0, NOW) == {"MonthUsd": 3.0, "MonthBudgetPercent": 75.0}


def test_they_stand_among_the_functions_metrics(book: CostBook) -> None:
    metrics.clear_metrics()
    measure_spend(book, 4.0, NOW)
    written: dict[str, object] = {**metrics.serialize_metric_set()}
    metrics.clear_metrics()
    assert (written["MonthUsd"], written["MonthBudgetPercent"]) == ([3.0], [75.0])
    assert "Percent" in json.dumps(written)


def test_a_ledger_that_does_not_answer_ends_no_sweep(
    book: CostBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(_: str) -> list[object]:
        raise TransientError("ThrottlingException")

    monkeypatch.setattr(book, "booked", throttled)
    metrics.clear_metrics()
    measure_spend(book, 4.0, NOW)
    assert not metrics.metric_set
