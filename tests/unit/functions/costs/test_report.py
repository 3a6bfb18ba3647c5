from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from contracts.costs import BookedCost, CostCategory, Price, RunningCost
from functions.adapters.cost_book import CostBook
from functions.costs.report import FORECAST, PAST, month_costs
from tests.unit.functions.fakes import cost_book

PRICE = Price(1.0, "list", "2026-11-01")
TRAINING, ENDPOINT = CostCategory.TRAINING, CostCategory.ENDPOINT
JOB = RunningCost("job", TRAINING, "a", "a-2", "2026-11-11T00:00:00+00:00")
SERVING = RunningCost(
    "endpoint",
    ENDPOINT,
    "b",
    "b-1",
    "2026-10-31T00:00:00+00:00",
    instance_type="ml.x",
    prices={"ml.x": PRICE},
)
NOW = datetime(2026, 11, 11, tzinfo=UTC)


def trained(run: str, usd: float | None, seconds: float = 60.0) -> BookedCost:
    since, until = "2026-11-02T00:00:00+00:00", "2026-11-02T01:00:00+00:00"
    return BookedCost(
        f"job-{run}",
        TRAINING,
        run.partition("-")[0],
        run,
        since,
        until,
        seconds,
        instance_type="ml.y",
        usd=usd,
    )


@pytest.fixture
def book() -> CostBook:
    book = cost_book()
    for amount in (trained("a-1", 3.0), trained("b-1", 2.0), trained("a-0", None)):
        cost = replace(JOB, name=amount.name)
        book.reserve(cost, book.turn())
        book.book(cost, [amount])
    return book


def test_a_month_is_summed_by_model(book: CostBook) -> None:
    book.begin(SERVING)
    costs = month_costs(book, "2026-11", NOW)
    assert (costs.booked_usd, costs.usd) == (5.0, 245.0)
    a, b = costs.models
    assert (a.model, a.training_usd, a.usd, a.runs) == ("a", 3.0, 3.0, ("a-0", "a-1"))
    assert (b.training_usd, b.endpoint_usd, b.usd) == (2.0, 240.0, 242.0)
    assert b.endpoint_seconds == 10 * 86_400
    assert costs.unknown_prices == ("ml.y",)
    assert "requests of serverless endpoints" in costs.not_counted


def test_what_bills_now_says_why_and_how_much(book: CostBook) -> None:
    book.begin(SERVING)
    book.reserve(replace(JOB, reserved_usd=0.5), book.turn())
    endpoint, job = month_costs(book, "2026-11", NOW).bills_now
    assert (endpoint.usd_per_hour, endpoint.why) == (
        1.0,
        "an endpoint of b, since b-1 was deployed; it bills until it is deleted or sleeps",
    )
    assert (job.usd_per_hour, job.expected_usd, job.why) == (
        None,
        0.5,
        "the training job of a-2; POST /runs/a-2/stop stops it",
    )


def test_the_forecast_goes_on_as_the_month_began(book: CostBook) -> None:
    """5 booked; the endpoint all of November; half a dollar reserved; 5 in ten days, and twenty are left."""
    book.begin(SERVING)
    book.reserve(replace(JOB, reserved_usd=0.5), book.turn())
    costs = month_costs(book, "2026-11", NOW)
    assert costs.forecast_usd == pytest.approx(5 + 720 + 0.5 + 10, abs=0.01)
    assert costs.forecast == FORECAST


def test_the_first_hour_of_a_month_counts_as_a_day(book: CostBook) -> None:
    early = datetime(2026, 11, 1, 1, tzinfo=UTC)
    forecast = month_costs(book, "2026-11", early).forecast_usd
    assert forecast == pytest.approx(5 + 5 * (30 - 1 / 24), abs=0.01)


def test_a_month_that_is_over_is_what_it_was(book: CostBook) -> None:
    book.begin(SERVING)
    costs = month_costs(book, "2026-10", NOW)
    assert (costs.booked_usd, costs.usd, costs.forecast_usd) == (0.0, 24.0, 24.0)
    assert costs.forecast == PAST


def test_a_month_to_come_has_cost_nothing(book: CostBook) -> None:
    book.begin(SERVING)
    costs = month_costs(book, "2026-12", NOW)
    assert (costs.usd, costs.forecast_usd, costs.models) == (0.0, 0.0, ())
