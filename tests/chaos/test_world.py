"""The simulator itself: runs without faults, and faults that do what their names say."""

from __future__ import annotations

import pytest

from contracts.run_record import RunStatus
from tests.chaos.faults import Call, Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.matrix import points
from tests.chaos.scenarios import (
    FIRST,
    MODEL,
    REDEPLOY,
    SCENARIOS,
    Scenario,
)
from tests.chaos.world import World


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_without_faults_ends_as_it_says(scenario: Scenario) -> None:
    world = scenario.run()
    assert violations(world) == []
    run = scenario.own_run(world)
    assert run is not None
    assert run.status == scenario.status


def test_the_same_scenario_makes_the_same_calls() -> None:
    first, second = (REDEPLOY.run().trace.calls for _ in range(2))
    assert first == second


def test_every_function_of_the_path_is_called() -> None:
    called = {call.function for call, _ in points(REDEPLOY)}
    assert called >= {"Inspect", "CheckTraining", "Verify", "Retire", "Notify", "Sweep"}


def _is(function: str, operation: str) -> Plan:
    return Plan(
        lambda call: (call.function, call.operation) == (function, operation),
        Kind.DIES_AFTER,
    )


def test_a_function_that_dies_is_called_again() -> None:
    world = FIRST.run(_is("StartTraining", "CreateTrainingJob"))
    assert "Runtime.ExitError" in world.errors[0]
    assert world.ledger.runs()[0].status is RunStatus.LIVE


def test_an_outage_refuses_every_call_of_its_service_for_its_time() -> None:
    plan = Plan(lambda call: call.operation == "Publish", Kind.OUTAGE_30_S)
    publish = Call(0, "Notify", "sns", "Publish")
    assert plan.fault(publish, 100.0) is Kind.OUTAGE_30_S
    assert plan.fault(Call(1, "Sweep", "sns", "Publish"), 129.0) is Kind.OUTAGE_30_S
    assert plan.fault(publish, 130.0) is None


def test_two_drops_of_a_model_run_one_after_the_other() -> None:
    world = REDEPLOY.begin()
    REDEPLOY.drop(world, seed=2)
    world.advance(200)
    REDEPLOY.drop(world, seed=3)
    world.finish()
    assert violations(world) == []
    assert [run.status for run in world.ledger.runs()] == [
        RunStatus.LIVE,
        RunStatus.SUPERSEDED,
        RunStatus.SUPERSEDED,
    ]


def test_what_is_wrong_is_seen() -> None:
    """Every rule fails on a world that breaks it."""
    world = REDEPLOY.run()
    champion = world.ledger.find_model(MODEL)
    assert champion is not None
    world.state.mails.clear()
    world.state.things.models.clear()
    world.state.things.endpoints[f"{champion.endpoint}-c"] = {
        **world.state.things.endpoints[champion.endpoint],
        "Tags": [],
    }
    sentences = " ".join(violations(world))
    for words in ("0 mails", "to answer; found None", "is gone", "without a champion"):
        assert words in sentences


def test_a_world_begins_where_another_one_stood() -> None:
    world = World(REDEPLOY.run().snapshot())
    assert violations(world) == []
