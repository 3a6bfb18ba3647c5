"""Runs that go on: on request after each step failed, and by themselves after the local cloud was killed."""

from __future__ import annotations

import json

import pytest

from contracts.run_record import RunStatus
from tests.chaos.api_calls import retry
from tests.chaos.faults import Call, Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.matrix import points
from tests.chaos.scenarios import (
    ARCHIVE,
    MODEL,
    REDEPLOY,
    RETRY_TRAINING,
    TRAINING_FAILS,
    VERIFY_FAILS,
    Scenario,
)
from tests.chaos.things import Behaviour
from tests.chaos.world import World

STEPS = (
    "StartTraining",
    "CheckTraining",
    "Judge",
    "CreateModel",
    "Deploy",
    "CheckEndpoint",
    "Verify",
    "Promote",
)


def _denied(function: str) -> Plan:
    """The function's first call of AWS is refused, and it is refused from then on."""
    return Plan(
        lambda call: call.function == function and call.service != "lambda", Kind.DENIED
    )


FAILURES = [(REDEPLOY, step) for step in STEPS] + [(ARCHIVE, "CreateModel")]


@pytest.mark.parametrize(
    ("scenario", "function"),
    FAILURES,
    ids=[f"{scenario.name}-{step}" for scenario, step in FAILURES],
)
def test_a_run_that_failed_in_any_step_goes_live_by_a_retry(
    scenario: Scenario, function: str
) -> None:
    world = scenario.run(_denied(function))
    failed = world.ledger.runs()[0]
    assert failed.status is RunStatus.FAILED
    jobs = set(world.state.things.jobs)
    assert retry(world, failed.run)["statusCode"] == 202
    world.finish()
    assert violations(world) == []
    retried = world.ledger.get_run(failed.run)
    assert (retried.status, retried.failure) == (RunStatus.LIVE, None)
    assert [(item.status, item.failure) for item in retried.tries] == [
        (failed.status, failed.failure)
    ]
    # A job that completed is judged, or its model deployed: only one that never came to be is created.
    has_new_job = set(world.state.things.jobs) > jobs
    assert has_new_job == (function == "StartTraining")


def test_a_retry_asked_for_twice_is_one() -> None:
    world = RETRY_TRAINING.begin()
    run = world.ledger.runs()[0].run
    answers = [retry(world, run) for _ in range(2)]
    first, second = (json.loads(answer["body"]) for answer in answers)
    assert [answer["statusCode"] for answer in answers] == [202, 202]
    assert first["execution"] == second["execution"]
    assert len(world.running) == 1
    world.finish()
    assert violations(world) == []
    assert world.ledger.get_run(run).try_number == 2


def test_a_retry_that_fails_may_be_retried() -> None:
    world = RETRY_TRAINING.begin()
    run = world.ledger.runs()[0].run
    for _ in range(2):
        world.behaviour = Behaviour(jobs_fail=True)
        retry(world, run)
        world.finish()
        assert world.ledger.get_run(run).status is RunStatus.FAILED
    world.behaviour = Behaviour()
    retry(world, run)
    world.finish()
    assert violations(world) == []
    retried = world.ledger.get_run(run)
    assert (retried.status, retried.try_number) == (RunStatus.LIVE, 4)
    assert len({item.training_job for item in retried.tries}) == 3


def test_a_model_that_waits_for_its_retry_is_compared_with_the_present_champion() -> (
    None
):
    world = VERIFY_FAILS.run()
    run = world.ledger.runs()[0].run
    jobs = set(world.state.things.jobs)
    world.behaviour = Behaviour()
    REDEPLOY.drop(world, seed=3)
    world.finish()
    assert retry(world, run)["statusCode"] == 202
    world.finish()
    assert violations(world) == []
    own = {name for name in set(world.state.things.jobs) - jobs if run in name}
    assert len(own) == 1


@pytest.mark.parametrize("status", ["live", "in progress", "busy", "expired"])
def test_what_cannot_be_retried_is_409(status: str) -> None:
    world = TRAINING_FAILS.run()
    failed, champion = world.ledger.runs()
    run = champion.run if status == "live" else failed.run
    if status in {"busy", "in progress"}:
        world.behaviour = Behaviour()
        REDEPLOY.drop(world, seed=3)
        world.advance(200)
    if status == "in progress":
        run = world.ledger.runs()[0].run
    if status == "expired":
        del world.state.objects[f"runs/{run}/spec.json"]
    answer = retry(world, run)
    codes = {
        "live": "not_retriable",
        "in progress": "run_in_progress",
        "busy": "model_busy",
        "expired": "not_inspected",
    }
    assert answer["statusCode"] == 409
    assert json.loads(answer["body"])["error"]["code"] == codes[status]
    world.finish()
    assert violations(world) == []


def _first_writes() -> list[Call]:
    """Each function's first write to the ledger, in a run that trains and deploys."""
    first: dict[str, Call] = {}
    for call, _ in points(REDEPLOY):
        is_write = call.operation in {"UpdateItem", "TransactWriteItems"}
        if is_write and call.function in {"Inspect", *STEPS}:
            first.setdefault(call.function, call)
    return list(first.values())


@pytest.mark.parametrize("call", _first_writes(), ids=lambda call: call.function)
def test_a_run_goes_on_by_itself_after_the_local_cloud_was_killed(call: Call) -> None:
    """The function that was at work writes on afterwards: nothing of it may reach the run, which is another's now."""
    world = REDEPLOY.run(Plan.of(call.number, Kind.SWEEP, World.cut_off))
    assert violations(world) == []
    run = world.ledger.runs()[0]
    assert run.status is RunStatus.LIVE
    assert [item.was_interrupted for item in run.tries] == [True]
    model = world.ledger.find_model(MODEL)
    assert model is not None
    assert model.champion == run.run
