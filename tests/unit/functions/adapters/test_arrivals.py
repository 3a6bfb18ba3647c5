from __future__ import annotations

import pytest

from contracts.model_record import Drop
from contracts.run_record import RunStatus
from functions.adapters.arrivals import Arrivals
from functions.adapters.ledger import Ledger
from tests.chaos.table import call_directly, in_process_table
from tests.unit.functions.fakes import STACK, STAMP, now

PREFIX, KEY = "datasets/reviews/", "datasets/reviews/a.csv"
DROP = Drop("reviews", "a" * 64, "v1")


@pytest.fixture
def parts() -> tuple[Arrivals, Ledger]:
    table = in_process_table().open(call_directly, [])
    return Arrivals(table, STACK, now), Ledger(table, STACK, now)


def test_a_drop_is_one_item_however_often_it_is_noted(
    parts: tuple[Arrivals, Ledger],
) -> None:
    arrivals, _ = parts
    first = arrivals.note("reviews", PREFIX, KEY, STAMP)
    second = arrivals.note("reviews", PREFIX, "datasets/reviews/b.csv", STAMP)
    assert (first.generation, second.generation) == (1, 2)
    assert [arrival.key for arrival in arrivals.all()] == ["datasets/reviews/b.csv"]
    assert arrivals.of_model("reviews") == [second]


def test_one_watcher_wins(parts: tuple[Arrivals, Ledger]) -> None:
    arrivals, _ = parts
    noted = arrivals.note("reviews", PREFIX, KEY, STAMP)
    watched = arrivals.watch(noted, "first")
    assert watched is not None
    assert (watched.watcher, watched.watched_key, watched.tries) == ("first", KEY, 1)
    assert arrivals.watch(noted, "second") is None
    replaced = arrivals.watch(watched, "second")
    assert replaced is not None
    assert (replaced.watcher, replaced.tries) == ("second", 2)


def test_a_watcher_stays_when_more_files_come(parts: tuple[Arrivals, Ledger]) -> None:
    arrivals, _ = parts
    arrivals.watch(arrivals.note("reviews", PREFIX, KEY, STAMP), "first")
    again = arrivals.note("reviews", PREFIX, "datasets/reviews/b.csv", STAMP)
    assert (again.watcher, again.watched_key, again.tries) == ("first", KEY, 0)


def test_a_wait_ends_only_where_nothing_came_meanwhile(
    parts: tuple[Arrivals, Ledger],
) -> None:
    arrivals, _ = parts
    seen = arrivals.note("reviews", PREFIX, KEY, STAMP)
    arrivals.note("reviews", PREFIX, KEY, STAMP)
    assert arrivals.settle("reviews", PREFIX, seen.generation) is False
    assert arrivals.settle("reviews", PREFIX, 2) is True
    assert arrivals.find("reviews", PREFIX) is None
    assert arrivals.settle("reviews", PREFIX, 0) is True


def test_an_event_that_comes_where_nothing_waited_is_not_lost(
    parts: tuple[Arrivals, Ledger],
) -> None:
    arrivals, _ = parts
    arrivals.note("reviews", PREFIX, KEY, STAMP)
    assert arrivals.settle("reviews", PREFIX, 0) is False


def test_a_drop_can_be_left_only_to_the_run_that_holds_the_model(
    parts: tuple[Arrivals, Ledger],
) -> None:
    arrivals, ledger = parts
    run = ledger.claim(DROP, "e1").run
    watched = arrivals.watch(arrivals.note("reviews", PREFIX, KEY, STAMP), "w")
    assert watched is not None
    assert arrivals.leave("reviews", PREFIX, KEY, run) is True
    left = arrivals.find("reviews", PREFIX)
    assert left is not None
    assert (left.watcher, left.tries, left.generation) == (None, 0, 2)
    ledger.end(run, RunStatus.FAILED)
    assert arrivals.leave("reviews", PREFIX, KEY, run) is False


def test_a_drop_that_nobody_noted_can_be_left(parts: tuple[Arrivals, Ledger]) -> None:
    arrivals, ledger = parts
    run = ledger.claim(DROP, "e1").run
    assert arrivals.leave("reviews", PREFIX, KEY, run) is True
    (left,) = arrivals.of_model("reviews")
    assert (left.key, left.generation) == (KEY, 1)


def test_unwatching_what_does_not_wait_makes_no_item(
    parts: tuple[Arrivals, Ledger],
) -> None:
    arrivals, _ = parts
    arrivals.unwatch("reviews", PREFIX)
    assert arrivals.find("reviews", PREFIX) is None


def test_arrivals_are_no_models_and_no_runs(parts: tuple[Arrivals, Ledger]) -> None:
    arrivals, ledger = parts
    arrivals.note("reviews", PREFIX, KEY, STAMP)
    assert (ledger.models(), ledger.runs()) == ([], [])
    assert ledger.claim(DROP, "e").outcome == "claimed"


def test_the_longest_key_of_s3_can_wait(parts: tuple[Arrivals, Ledger]) -> None:
    arrivals, _ = parts
    key = "datasets/" + "k" * 1015
    assert arrivals.note("k" * 128, key, key, STAMP).prefix == key
