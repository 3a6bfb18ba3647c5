"""Days of waiting, thousands of files, lost events: every drop gets its run, and no execution waits for another."""

from __future__ import annotations

import pytest

from contracts.run_record import RunStatus
from tests.chaos.faults import Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.scenarios import MODEL, REDEPLOY, rows
from tests.chaos.world import DAY, World

FILES = 200
PATIENT = b"compute:\n  max_runtime_seconds: 604800\n"


def statuses(world: World) -> list[RunStatus]:
    """The newest run first."""
    return [run.status for run in world.ledger.runs()]


def test_many_files_of_a_drop_start_one_execution() -> None:
    world = World()
    for number in range(FILES):
        label = "good" if number % 2 else "bad"
        text = f"a text of number {number}".encode()
        world.upload(MODEL, text, f"{label}/{number}.txt")
        world.advance(0.5)
    world.finish()
    assert violations(world) == []
    assert len(world.state.executions) == 1
    (run,) = world.ledger.runs()
    assert sum(run.data.rows.values()) == FILES


def test_a_drop_behind_a_training_of_days_is_run() -> None:
    world = REDEPLOY.begin()
    world.behaviour.training_seconds = 2.2 * DAY
    world.upload(MODEL, PATIENT, "traindrop.yaml")
    for seed in (2, 3):
        world.upload(MODEL, rows(seed))
        world.advance(600)
    assert len(world.running) == 1
    world.behaviour.training_seconds = 300
    world.finish()
    assert violations(world) == []
    assert statuses(world)[:2] == [RunStatus.LIVE, RunStatus.SUPERSEDED]


def test_the_next_run_begins_within_seconds_of_the_end_of_the_one_before() -> None:
    world = REDEPLOY.begin()
    REDEPLOY.drop(world, seed=2)
    world.advance(200)
    REDEPLOY.drop(world, seed=3)
    world.finish()
    following, before = world.ledger.runs()[:2]
    assert before.ended_at is not None
    assert before.ended_at <= following.started_at
    assert following.started_at[:18] == before.ended_at[:18]


@pytest.mark.parametrize("waits_behind_a_run", [False, True])
def test_a_drop_whose_event_was_lost_is_run(waits_behind_a_run: bool) -> None:
    world = REDEPLOY.begin()
    if waits_behind_a_run:
        REDEPLOY.drop(world, seed=2)
        world.advance(200)
    world.put(f"datasets/{MODEL}/data.csv", rows(3))
    world.advance(2000)
    world.finish()
    assert violations(world) == []
    assert statuses(world)[0] is RunStatus.LIVE


def test_events_that_come_late_start_no_second_run() -> None:
    world = REDEPLOY.run()
    world.advance(2 * 3600)
    world.announce(f"datasets/{MODEL}/data.csv")
    world.finish()
    assert violations(world) == []
    assert len(world.ledger.runs()) == 2


def test_a_drop_that_cannot_be_looked_at_is_tried_three_times_and_then_when_a_file_comes() -> (
    None
):
    world = World()
    world.plan = Plan(lambda call: call.function == "Inspect", Kind.DENIED)
    world.upload(MODEL, rows(1))
    world.advance(4 * 3600)
    assert [item.status for item in world.state.executions.values()] == ["FAILED"] * 3
    world.plan = Plan()
    world.advance(DAY)
    assert len(world.state.executions) == 3
    world.upload(MODEL, rows(1))
    world.finish()
    assert statuses(world) == [RunStatus.LIVE]


def test_fifty_models_dropped_at_once_are_fifty_executions() -> None:
    world = World()
    for number in range(50):
        world.upload(f"{MODEL}{number}", rows(number))
    world.advance(30)
    assert len(world.running) == 50
