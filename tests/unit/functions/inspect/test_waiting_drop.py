"""The note that a drop waits, against the ledger's real rules: no event is lost, and no execution waits for a run."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.arrival import Arrival
from contracts.model_record import Drop
from contracts.run_record import RunStatus
from functions.adapters.arrivals import Arrivals
from functions.adapters.ledger import Ledger
from functions.inspect.waiting_drop import look
from tests.chaos.table import call_directly, in_process_table
from tests.unit.functions.fakes import STACK, STAMP, now

PREFIX, KEY = "datasets/reviews/", "datasets/reviews/a.csv"
AGAIN = {"outcome": "arriving", "model": "reviews", "wait_seconds": 1}


class Bench:
    def __init__(self) -> None:
        table = in_process_table().open(call_directly, [])
        self.arrivals = Arrivals(table, STACK, now)
        self.ledger = Ledger(table, STACK, now)

    def note(self) -> Arrival:
        return self.arrivals.note("reviews", PREFIX, KEY, STAMP)

    def waits(self) -> Arrival | None:
        return self.arrivals.find("reviews", PREFIX)

    def look(self, answer: dict[str, Any], meanwhile: int = 0) -> dict[str, Any]:
        """Looks, while so many more events come."""

        def inspect(key: str) -> dict[str, Any]:
            assert key == KEY
            for _ in range(meanwhile):
                self.note()
            return answer

        return look(inspect, self.arrivals, KEY)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    "outcome", ["ready", "deployable", "rejected", "duplicate", "ignored"]
)
def test_a_drop_that_was_looked_at_waits_no_longer(bench: Bench, outcome: str) -> None:
    bench.note()
    assert bench.look({"outcome": outcome})["outcome"] == outcome
    assert bench.waits() is None


@pytest.mark.parametrize("outcome", ["ready", "deployable", "rejected"])
def test_a_file_that_comes_during_a_claim_waits_for_the_run(
    bench: Bench, outcome: str
) -> None:
    bench.arrivals.watch(bench.note(), "w")
    assert bench.look({"outcome": outcome}, meanwhile=1)["outcome"] == outcome
    waiting = bench.waits()
    assert waiting is not None
    assert waiting.watcher is None


@pytest.mark.parametrize("outcome", ["duplicate", "ignored"])
def test_a_file_that_comes_meanwhile_is_looked_at_again(
    bench: Bench, outcome: str
) -> None:
    bench.arrivals.watch(bench.note(), "w")
    assert bench.look({"outcome": outcome}, meanwhile=1) == AGAIN
    assert bench.look({"outcome": outcome})["outcome"] == outcome
    assert bench.waits() is None


def test_the_first_file_that_comes_during_a_look_is_looked_at(bench: Bench) -> None:
    assert bench.look({"outcome": "ignored"}, meanwhile=1) == AGAIN


def test_a_drop_that_still_arrives_keeps_its_watcher(bench: Bench) -> None:
    bench.arrivals.watch(bench.note(), "w")
    arriving = {"outcome": "arriving", "wait_seconds": 7}
    assert bench.look(arriving) == arriving
    waiting = bench.waits()
    assert waiting is not None
    assert waiting.watcher == "w"


def test_a_drop_behind_a_run_ends_its_execution_and_waits(bench: Bench) -> None:
    run = bench.ledger.claim(Drop("reviews", "f" * 64, "v"), "other").run
    bench.arrivals.watch(bench.note(), "w")
    busy = {"outcome": "busy", "run": run, "model": "reviews"}
    assert bench.look(busy) == busy
    waiting = bench.waits()
    assert waiting is not None
    assert waiting.watcher is None


def test_a_model_that_is_freed_meanwhile_is_looked_at_again(bench: Bench) -> None:
    run = bench.ledger.claim(Drop("reviews", "f" * 64, "v"), "other").run
    bench.ledger.end(run, RunStatus.FAILED)
    assert bench.look({"outcome": "busy", "run": run}) == AGAIN


def test_a_key_that_belongs_to_no_drop_is_ignored(bench: Bench) -> None:
    answer = look(lambda _: {"outcome": "ignored"}, bench.arrivals, "other/a.csv")
    assert answer == {"outcome": "ignored"}
