"""Two sweeps side by side: EventBridge delivers twice, and many runs end at once."""

from __future__ import annotations

from collections.abc import Iterator

from tests.chaos.faults import Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.scenarios import REDEPLOY, Scenario
from tests.chaos.world import World

UNTIL_IT_TRAINS_SECONDS = 120


def _interrupted(scenario: Scenario) -> World:
    """Somebody stopped the execution while its job ran, and no sweep has come yet."""
    world = scenario.begin()
    scenario.drop(world)
    world.advance(UNTIL_IT_TRAINS_SECONDS)
    (execution,) = world.running
    world.state.executions[execution].status = "ABORTED"
    return world


def _calls_of_a_sweep() -> Iterator[int]:
    """From the first on."""
    world = _interrupted(REDEPLOY)
    before = len(world.trace.calls)
    world.sweep()
    yield from range(len(world.trace.calls) - before)


def test_a_sweep_has_much_to_do() -> None:
    assert len(list(_calls_of_a_sweep())) > 20


def test_two_sweeps_act_on_nothing_twice() -> None:
    wrong: dict[str, list[str]] = {}
    for number in _calls_of_a_sweep():
        world = _interrupted(REDEPLOY)
        call = len(world.trace.calls) + number
        world.plan = Plan.of(call, Kind.SWEEP)
        world.sweep()
        world.finish()
        if sentences := violations(world):
            wrong[world.trace.calls[call].label] = sentences
    assert wrong == {}
