"""Functions that go on after their run has ended leave nothing that bills, whatever they were about to make."""

from __future__ import annotations

import pytest

from contracts.run_record import RunStatus
from tests.chaos.api_calls import retry
from tests.chaos.faults import Call, Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.scenarios import FIRST, REDEPLOY, Scenario
from tests.chaos.world import DAY, World

MAKING = (
    "CreateTrainingJob",
    "CreateModel",
    "CreateEndpointConfig",
    "CreateEndpoint",
    "UpdateEndpoint",
)


def is_creation_of_job(call: Call) -> bool:
    return call.operation == "CreateTrainingJob"


@pytest.mark.parametrize("scenario", [FIRST, REDEPLOY], ids=lambda item: item.name)
def test_a_late_function_stops_the_job_that_it_has_created(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, at once: no sweep comes after the one that has ended the run."""
    world = scenario.begin(Plan(is_creation_of_job, Kind.OVERTAKEN))
    world.behaviour.training_seconds = 2 * DAY
    monkeypatch.setattr(world, "sweep", lambda: None)
    scenario.drop(world)
    world.advance(600)
    (job,) = [
        job
        for job in world.state.things.jobs.values()
        if job["_since"] > world.state.time - 600
    ]
    assert job["TrainingJobStatus"] in {"Stopping", "Stopped"}
    assert [run.status for run in world.ledger.runs() if run.is_in_progress] == []


def test_a_function_that_comes_late_creates_no_job() -> None:
    """Its workflow was stopped just before."""

    def is_last_question(call: Call) -> bool:
        return call.function == "StartTraining" and call.operation == "HeadObject"

    world = FIRST.begin(Plan(is_last_question, Kind.OVERTAKEN))
    FIRST.drop(world)
    world.finish()
    assert violations(world) == []
    created = [call for call in world.trace.calls if is_creation_of_job(call)]
    # The sweep has the run ended; nobody asked for another try.
    assert created == []


@pytest.mark.parametrize("scenario", [FIRST, REDEPLOY], ids=lambda item: item.name)
@pytest.mark.parametrize("operation", MAKING)
def test_what_is_made_for_a_run_that_has_ended_is_removed(
    scenario: Scenario, operation: str
) -> None:
    if scenario is FIRST and operation == "UpdateEndpoint":
        return

    def is_making(call: Call) -> bool:
        return call.operation == operation

    world = scenario.begin(Plan(is_making, Kind.OVERTAKEN))
    if operation == "CreateTrainingJob":
        world.behaviour.training_seconds = 2 * DAY
    scenario.drop(world)
    world.finish()
    assert violations(world) == []


def test_a_late_function_does_not_stop_the_job_of_the_retry_that_has_taken_it_up() -> (
    None
):
    """The run was ended and retried while its first execution created the job."""

    def end_and_retry(world: World) -> None:
        (run,) = world.ledger.runs()
        world.state.executions[run.execution].status = "ABORTED"
        world.sweep()
        assert retry(world, run.run)["statusCode"] == 202

    world = FIRST.begin(Plan(is_creation_of_job, Kind.SWEEP, end_and_retry))
    FIRST.drop(world)
    world.finish()
    assert violations(world) == []
    assert [run.status for run in world.ledger.runs()] == [RunStatus.LIVE]
