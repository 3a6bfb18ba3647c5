from __future__ import annotations

from datetime import datetime, timedelta

from contracts.drift import AnswerStatistics
from functions.adapters.answer_counts import AnswerCounts
from tests.unit.functions.fakes import NOW, STACK, arrivals

TWO = AnswerStatistics(2, {"positive": 1, "sort": 1}, {"9": 2}, texts=2, long_texts=1)
"""One label is called as an attribute that only places items."""


class Counter:
    """The real counts on an empty table, at a time of one's own."""

    def __init__(self) -> None:
        self.time: datetime = NOW
        table = arrivals()._table
        self.counts = AnswerCounts(table, STACK, lambda: self.time)

    def add(self, model: str, run: str, days_ago: int = 0) -> None:
        self.time = NOW - timedelta(days=days_ago)
        self.counts.add(model, run, TWO)


def day(days_ago: int) -> str:
    return (NOW - timedelta(days=days_ago)).date().isoformat()


def test_counts_of_a_release_are_added_up_over_days() -> None:
    counter = Counter()
    for days_ago in (0, 0, 3, 8):
        counter.add("reviews", "reviews-1", days_ago)
    counter.add("reviews", "reviews-2")
    counter.add("others", "reviews-1")
    seen = counter.counts.since("reviews", "reviews-1", day(7))
    assert seen == AnswerStatistics(
        6, {"positive": 3, "sort": 3}, {"9": 6}, texts=6, long_texts=3
    )


def test_what_was_never_counted_is_empty() -> None:
    counts = Counter().counts
    assert counts.since("reviews", "reviews-1", day(7)) == AnswerStatistics()


def test_old_counts_are_forgotten() -> None:
    counter = Counter()
    for days_ago in (0, 40):
        counter.add("reviews", "reviews-1", days_ago)
    assert counter.counts.forget_before("reviews", day(35)) == 1
    assert counter.counts.since("reviews", "reviews-1", day(99)).answers == 2
