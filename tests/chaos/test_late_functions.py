"""Functions that go on after their run has ended leave nothing that bills, whatever they were about to make."""

from __future__ import annotations

import pytest

from tests.chaos.faults import Call, Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.scenarios import FIRST, REDEPLOY, Scenario
from tests.chaos.world import DAY

MAKING = (
    "CreateTrainingJob",
    "CreateModel",
    "CreateEndpointConfig",
    "CreateEndpoint",
    "UpdateEndpoint",
)


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
