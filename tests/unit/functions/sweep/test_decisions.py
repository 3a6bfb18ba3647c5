from __future__ import annotations

from datetime import timedelta

from tests.unit.functions.fakes import (
    NOW,
)
from tests.unit.functions.sweep.swept import ARN, NOTHING, Swept


def test_a_drop_whose_execution_ended_without_a_run_is_left_alone(world: Swept) -> None:
    world.drop()
    world.sweep()
    world.workflow.statuses = dict.fromkeys(world.workflow.statuses, "SUCCEEDED")
    assert world.sweep() == NOTHING


def test_a_drop_whose_execution_died_is_started_three_times_at_most(
    world: Swept,
) -> None:
    world.drop()
    started = []
    for _ in range(5):
        started.append(world.sweep()["started"])
        world.workflow.statuses = dict.fromkeys(world.workflow.statuses, "FAILED")
    assert started == [1, 1, 1, 0, 0]


def test_a_drop_that_is_still_arriving_is_left_to_its_event(world: Swept) -> None:
    world.drop(modified=NOW - timedelta(seconds=5))
    assert world.sweep() == NOTHING


def test_a_claimed_drop_is_left_alone(world: Swept) -> None:
    world.drop()
    world.claim_all()
    assert world.sweep() == NOTHING


def test_a_drop_that_an_execution_is_about_is_left_alone(world: Swept) -> None:
    world.drop()
    world.workflow.inputs = [
        {"detail": {"object": {"key": "datasets/reviews/other.csv"}}}
    ]
    assert world.sweep() == NOTHING


def test_a_file_deleted_from_an_old_drop_starts_nothing(world: Swept) -> None:
    world.drop(modified=NOW - timedelta(days=2))
    world.ledger.add("reviews-older", status="live")
    assert world.sweep() == NOTHING


def test_a_release_is_kept_during_its_grace_time(world: Swept, superseded: str) -> None:
    world.workflow.statuses[ARN] = "RUNNING"
    assert world.sweep() == NOTHING
    assert superseded in world.sagemaker.configs
