"""Runs that somebody stops: at any step, once, with nothing left that bills; a retry goes on from what was paid for."""

from __future__ import annotations

import json

import pytest

from contracts.run_record import RunStatus
from tests.chaos.api_calls import retry, roll_back_once, stop
from tests.chaos.faults import Call, Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.matrix import points
from tests.chaos.scenarios import (
    MODEL,
    REDEPLOY,
    ROLLBACK,
    STOPPED_TRAINING,
    VERIFY_FAILS,
)
from tests.chaos.world import World

STEPS = ("Inspect", "StartTraining", "CheckTraining", "Judge", "Deploy", "Verify")


def _stop_active(world: World) -> None:
    model = world.ledger.find_model(MODEL)
    assert model is not None
    if model.active_run:
        assert stop(world, model.active_run)["statusCode"] == 202


def _first_reads() -> list[Call]:
    """The first call of the ledger by each function that works on the run."""
    first: dict[str, Call] = {}
    for call, _ in points(REDEPLOY):
        if call.operation == "UpdateItem" and call.function in STEPS:
            first.setdefault(call.function, call)
    return list(first.values())


@pytest.mark.parametrize("call", _first_reads(), ids=lambda call: call.function)
def test_a_run_that_is_stopped_in_any_step_ends_as_stopped(call: Call) -> None:
    """The function that is at work goes on."""
    world = REDEPLOY.begin(Plan.of(call.number, Kind.STOP, _stop_active))
    champion = world.ledger.runs()[0].run
    REDEPLOY.drop(world)
    world.finish()
    assert violations(world) == []
    run = world.ledger.runs()[0]
    assert run.status is RunStatus.STOPPED
    assert run.failure is not None
    assert run.failure.cause == ("Somebody asked the API to stop the run.")
    model = world.ledger.find_model(MODEL)
    assert model is not None
    assert model.champion == champion


def test_a_stopped_training_goes_on_by_a_retry() -> None:
    world = STOPPED_TRAINING.run()
    run = world.ledger.runs()[0]
    statuses = [job["TrainingJobStatus"] for job in world.state.things.jobs.values()]
    assert statuses == ["Completed", "Stopped"]
    assert stop(world, run.run)["statusCode"] == 200
    assert retry(world, run.run)["statusCode"] == 202
    world.finish()
    assert violations(world) == []
    retried = world.ledger.get_run(run.run)
    assert (retried.status, retried.stop_requested_at) == (RunStatus.LIVE, None)


def test_an_archive_that_was_paid_for_is_deployed_by_a_retry_without_training() -> None:
    world = VERIFY_FAILS.begin()
    VERIFY_FAILS.drop(world)
    while world.ledger.runs()[0].status is not RunStatus.DEPLOYING:
        world.advance(5)
    _stop_active(world)
    world.behaviour.answers_wrongly = False
    world.finish()
    run = world.ledger.runs()[0].run
    jobs = set(world.state.things.jobs)
    assert retry(world, run)["statusCode"] == 202
    world.finish()
    assert violations(world) == []
    assert world.ledger.get_run(run).status is RunStatus.LIVE
    assert set(world.state.things.jobs) == jobs


def test_a_run_that_is_being_stopped_is_not_retried_meanwhile() -> None:
    world = ROLLBACK.begin()
    roll_back_once(world, MODEL)
    world.advance(20)
    _stop_active(world)
    model = world.ledger.find_model(MODEL)
    assert model is not None
    answer = retry(world, str(model.active_run))
    assert (answer["statusCode"], json.loads(answer["body"])["error"]["code"]) == (
        409,
        "still_ending",
    )
    world.finish()
    assert violations(world) == []


def test_a_stop_whose_caller_died_is_carried_out_by_the_sweep() -> None:
    world = REDEPLOY.begin()
    REDEPLOY.drop(world)
    while world.ledger.runs()[0].status is not RunStatus.TRAINING:
        world.advance(5)
    assert world.ledger.request_stop(world.ledger.runs()[0])
    world.sweep()
    assert not world.running
    world.finish()
    assert violations(world) == []
    assert world.ledger.runs()[0].status is RunStatus.STOPPED


def test_a_run_that_has_ended_is_not_stopped() -> None:
    world = ROLLBACK.begin()
    second, first = world.ledger.runs()
    for run in (second.run, first.run):
        answer = stop(world, run)
        assert json.loads(answer["body"])["error"]["code"] == "run_ended"
        assert answer["statusCode"] == 409
