"""Two sweeps side by side: EventBridge delivers twice, and many runs end at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from tests.chaos.faults import Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.scenarios import REDEPLOY, Scenario
from tests.chaos.state import Snapshot
from tests.chaos.world import World

UNTIL_IT_TRAINS_SECONDS = 120


@cache
def _interrupted(scenario: Scenario) -> Snapshot:
    """Somebody stopped the execution while its job ran, and no sweep has come yet."""
    world = scenario.begin()
    scenario.drop(world)
    world.advance(UNTIL_IT_TRAINS_SECONDS)
    (execution,) = world.running
    world.state.executions[execution].status = "ABORTED"
    return world.snapshot()


def _calls_of_a_sweep() -> Iterator[int]:
    """From the first on."""
    world = World(_interrupted(REDEPLOY))
    world.sweep()
    yield from range(len(world.trace.calls))


def test_a_sweep_has_much_to_do() -> None:
    assert len(list(_calls_of_a_sweep())) > 20


def test_two_sweeps_act_on_nothing_twice() -> None:
    wrong: dict[str, list[str]] = {}
    for number in _calls_of_a_sweep():
        world = World(_interrupted(REDEPLOY), Plan.of(number, Kind.SWEEP))
        world.sweep()
        world.finish()
        if sentences := violations(world):
            wrong[world.trace.calls[number].label] = sentences
    assert wrong == {}
