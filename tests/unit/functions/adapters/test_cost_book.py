from __future__ import annotations

import pytest

from contracts.costs import BookedCost, CostCategory, Price, RateSample, RunningCost
from functions.adapters.cost_book import RATE_SAMPLES, CostBook
from tests.unit.functions.fakes import STAMP, cost_book

SINCE, UNTIL = "2026-10-31T23:50:00+00:00", "2026-11-01T00:10:00+00:00"
JOB = RunningCost(
    "job",
    CostCategory.TRAINING,
    "reviews",
    "reviews-1",
    SINCE,
    prices={"ml.a": Price(1.5, "list", "2026-10-31")},
    reserved_usd=2.25,
)
BOOKED = BookedCost(
    "job", CostCategory.TRAINING, "reviews", "reviews-1", SINCE, UNTIL, 600.0, usd=0.25
)


@pytest.fixture
def book() -> CostBook:
    return cost_book()


def test_what_runs_is_booked_once_in_the_month_of_its_end(book: CostBook) -> None:
    assert book.reserve(JOB, book.turn())
    assert book.running() == [JOB]
    assert book.find_running("job") == JOB
    assert book.book(JOB, [BOOKED])
    assert not book.book(JOB, [BOOKED])
    assert (book.running(), book.booked("2026-11")) == ([], [BOOKED])
    assert book.booked("2026-10") == []
    assert book.is_booked(BOOKED)


def test_a_reservation_that_comes_again_after_its_booking_does_not_book_twice(
    book: CostBook,
) -> None:
    book.reserve(JOB, book.turn())
    book.book(JOB, [BOOKED])
    book.reserve(JOB, book.turn())
    assert not book.book(JOB, [BOOKED])
    assert book.booked("2026-11") == [BOOKED]
    assert book.forget(JOB)
    assert book.running() == []


def test_only_one_of_two_reservations_on_the_same_sum_is_made(book: CostBook) -> None:
    other = RunningCost("other", CostCategory.TRAINING, "m", "m-1", STAMP)
    for _ in range(2):
        turn = book.turn()
        assert book.reserve(JOB, turn)
        assert not book.reserve(other, turn)
    assert book.find_running("other") is None


def test_an_endpoint_keeps_its_beginning_and_is_booked_for_each_time(
    book: CostBook,
) -> None:
    first = RunningCost("endpoint", CostCategory.ENDPOINT, "m", "m-1", SINCE)
    later = RunningCost("endpoint", CostCategory.ENDPOINT, "m", "m-2", UNTIL)
    book.begin(first)
    book.begin(later)
    assert book.find_running("endpoint") == first
    assert not book.book(later, [])
    assert not book.forget(later)
    for cost in (first, later):
        book.begin(cost)
        amount = BookedCost(
            cost.name, cost.category, cost.model, cost.run, cost.since, UNTIL, 1.0
        )
        assert book.book(cost, [amount])
    assert [amount.run for amount in book.booked("2026-10")] == ["m-1"]
    assert [amount.run for amount in book.booked("2026-11")] == ["m-2"]


def test_the_newest_rates_are_kept_in_mind(book: CostBook) -> None:
    for number in range(RATE_SAMPLES + 2):
        sample = RateSample(f"r-{number}", 1.0, 1.0, 1.0)
        book.learn("kind", f"2026-11-{number + 1:02}", sample)
        book.learn("kind", f"2026-11-{number + 1:02}", sample)
    runs = [sample.run for sample in book.rates("kind")]
    assert runs == [f"r-{number}" for number in range(RATE_SAMPLES + 1, 1, -1)]
    assert book.rates("other") == []
