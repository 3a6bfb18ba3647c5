from __future__ import annotations

import pytest

from contracts.batch import BatchRecord, BatchStatus
from functions.adapters.batches import Batches
from tests.unit.functions.fakes import STAMP, batches


@pytest.fixture
def book() -> Batches:
    return batches()


def record(name: str, model: str = "reviews") -> BatchRecord:
    return BatchRecord(
        batch=name,
        model=model,
        status=BatchStatus.UPLOADING,
        key="batches/rows",
        created_at=STAMP,
        updated_at=STAMP,
    )


def test_batches_of_a_model_are_listed_the_newest_first(book: Batches) -> None:
    for name in ("reviews-1", "reviews-3", "reviews-2"):
        book.create(record(name))
    book.create(record("reviews-4", "others"))
    assert [item.batch for item in book.of_model("reviews")] == [
        "reviews-3",
        "reviews-2",
        "reviews-1",
    ]
    assert [item.batch for item in book.of_model("reviews", 1)] == ["reviews-3"]
    after = [item.batch for item in book.of_model("reviews", 1, after="reviews-3")]
    assert after == ["reviews-2"]
    assert book.of_model("reviews", after="reviews-1") == []


def test_a_batch_is_started_once(book: Batches) -> None:
    made = book.create(record("b"))
    started = book.start(made, run="reviews-1", execution="e")
    assert started is not None
    assert (started.status, started.tries) == (BatchStatus.PREPARING, 1)
    assert book.start(made, run="reviews-1", execution="e") is None


def test_an_ended_batch_is_changed_by_nobody_but_a_start(book: Batches) -> None:
    started = book.start(book.create(record("b")), run="r", execution="e")
    assert started is not None
    running = book.change(started, status=BatchStatus.RUNNING, job="j")
    assert running is not None
    ended = book.end(running, BatchStatus.FAILED, failure="why")
    assert ended is not None
    assert (ended.job, ended.failure, ended.ended_at) == (None, "why", STAMP)
    assert book.change(running, answered=5) is None
    again = book.start(ended, run="r", execution="e2")
    assert again is not None
    assert (again.failure, again.ended_at, again.tries) == (None, None, 2)
    assert book.change(running, answered=5) is None
    assert book.find("reviews", "b") == again


def test_a_name_that_no_key_can_have_is_unknown(book: Batches) -> None:
    assert book.find("reviews", "x" * 2_000) is None


def test_a_batch_is_forgotten(book: Batches) -> None:
    made = book.create(record("b"))
    book.forget(made)
    assert book.find("reviews", "b") is None
