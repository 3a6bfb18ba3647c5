from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.run_record import RunStatus
from functions.arrive.events import event_of
from tests.unit.functions.fakes import NOW, STAMP
from tests.unit.functions.specs import RUN
from tests.unit.functions.sweep.swept import ARN, NOTHING, Swept


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_a_drop_whose_executions_end_without_a_run_is_started_three_times_at_most(
    world: Swept, status: str
) -> None:
    world.drop()
    started = []
    for _ in range(5):
        started.append(world.sweep()["started"])
        world.workflow.end_all(status)
    assert started == [1, 1, 1, 0, 0]


def test_a_drop_that_waits_for_a_run_is_begun_once_the_model_is_free(
    world: Swept,
) -> None:
    world.ledger.add(RUN, status="training")
    world.workflow.statuses[ARN] = "RUNNING"
    world.arrivals.note("reviews", "datasets/reviews/", "datasets/reviews/a.csv", STAMP)
    assert world.sweep() == NOTHING
    world.ledger.end(RUN, RunStatus.KEPT_BACK, notified="kept back")
    assert world.sweep() == NOTHING | {"started": 1}


def test_a_drop_whose_run_died_gives_way_to_the_one_that_waits(world: Swept) -> None:
    world.ledger.add(RUN, status="training")
    world.arrivals.note("reviews", "datasets/reviews/", "datasets/reviews/a.csv", STAMP)
    assert world.sweep() == NOTHING | {"ended": 1, "started": 1}


def test_a_drop_that_is_still_arriving_is_left_to_its_event(world: Swept) -> None:
    world.drop(modified=NOW - timedelta(seconds=5))
    assert world.sweep() == NOTHING


def test_a_claimed_drop_is_left_alone(world: Swept) -> None:
    world.drop()
    world.claim_all()
    assert world.sweep() == NOTHING


def test_a_drop_that_an_execution_is_about_is_left_alone(world: Swept) -> None:
    world.drop()
    noted = world.arrivals.note("reviews", "datasets/reviews/", "k", STAMP)
    world.arrivals.watch(noted, "watcher")
    world.workflow.start("watcher", event_of("data", "k"))
    assert world.sweep() == NOTHING | {"started": 0}
    assert list(world.workflow.started) == ["watcher"]


def test_a_file_deleted_from_an_old_drop_starts_nothing(world: Swept) -> None:
    world.drop(modified=NOW - timedelta(days=2))
    world.ledger.add("reviews-older", status="live")
    assert world.sweep() == NOTHING


def test_a_release_is_kept_during_its_grace_time(world: Swept, superseded: str) -> None:
    world.workflow.statuses[ARN] = "RUNNING"
    assert world.sweep() == NOTHING
    assert superseded in world.sagemaker.configs
