"""Every call of every function, times everything that can go wrong with it, in every scenario."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from tests.chaos.api_calls import delete_endpoint, stop
from tests.chaos.faults import OUTAGES, PASSING, Call, Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.scenarios import MODEL, SCENARIOS, Scenario
from tests.chaos.world import World

KNOWN_FILE = Path(__file__).with_name("known.txt")
TRIED_PER_CALL = 2
"""How often the same call of the same function is a point: polls after the second are like it."""


@dataclass(frozen=True)
class Case:
    """One fault at one call of a scenario."""

    scenario: Scenario
    call: Call
    occurrence: int
    kind: Kind

    @property
    def name(self) -> str:
        """The same as long as the function makes the call."""
        nth = f" ({self.occurrence})" if self.occurrence > 1 else ""
        return f"{self.scenario.name} | {self.call.label}{nth} | {self.kind}"


@dataclass(frozen=True)
class Result:
    case: Case
    status: str
    violations: tuple[str, ...]


def kinds_of(call: Call) -> Iterator[Kind]:
    """What can go wrong with it."""
    for kind in Kind:
        if kind is Kind.STALE:
            applies = call.service == "sagemaker" and call.operation.startswith(
                "Describe"
            )
        elif call.service == "lambda":
            is_path = call.function not in _OF_NO_EXECUTION
            applies = kind in _OF_INVOCATIONS and (is_path or kind is not Kind.ABORTED)
        elif call.function in _OF_NO_EXECUTION:
            applies = kind not in {Kind.ABORTED, Kind.OVERTAKEN}
        else:
            applies = True
        if applies:
            yield kind


_OF_NO_EXECUTION = frozenset({"Api", "Arrive", "Sweep"})
_OF_INVOCATIONS = frozenset(
    {Kind.THROTTLED, Kind.ERROR, Kind.DIES_BEFORE, *OUTAGES, Kind.ABORTED}
)


@cache
def points(scenario: Scenario) -> tuple[tuple[Call, int], ...]:
    """The calls of a run of the scenario in which nothing goes wrong, each with how often it has been made by then."""
    seen: Counter[str] = Counter()
    result: list[tuple[Call, int]] = []
    for call in scenario.run().trace.calls:
        seen[call.label] += 1
        if seen[call.label] <= TRIED_PER_CALL:
            result.append((call, seen[call.label]))
    return tuple(result)


def cases(scenario: Scenario) -> list[Case]:
    return [
        Case(scenario, call, occurrence, kind)
        for call, occurrence in points(scenario)
        for kind in kinds_of(call)
    ]


def all_cases() -> list[Case]:
    return [case for scenario in SCENARIOS for case in cases(scenario)]


def try_case(case: Case) -> Result:
    scenario = case.scenario
    action = ACTIONS.get(case.kind, _nothing)
    plan = Plan.of(case.call.number, case.kind, partial(action, scenario))
    try:
        world = scenario.run(plan)
    except Exception as error:
        return Result(case, "simulator", (f"{type(error).__name__}: {error}",))
    wrong = violations(world, may_repeat=_may_repeat(case))
    status = _status(world, scenario)
    if case.kind in PASSING and status != scenario.status:
        wrong.append(f"expected the run to end {scenario.status}; it ended {status}")
    return Result(case, status, tuple(wrong))


def _may_repeat(case: Case) -> bool:
    """Whether Notify has sent something when the fault keeps it from noting that."""
    if case.call.function != "Notify":
        return False
    kinds = _NOT_NOTED if case.call.operation == "UpdateItem" else _SENT_UNKNOWN
    return case.kind in kinds


_NOT_NOTED = frozenset(
    {*OUTAGES, Kind.DIES_BEFORE, Kind.DENIED, Kind.ABORTED, Kind.OVERTAKEN}
)
_SENT_UNKNOWN = frozenset({Kind.LOST, Kind.REPEATED, Kind.DIES_AFTER, Kind.OVERTAKEN})


def _status(world: World, scenario: Scenario) -> str:
    """How the scenario's run ended."""
    run = scenario.own_run(world)
    return str(run.status) if run else "no run"


def _nothing(scenario: Scenario, world: World) -> None:
    return


def _sweep(scenario: Scenario, world: World) -> None:
    world.sweep()


def _same_event(scenario: Scenario, world: World) -> None:
    key = f"datasets/{MODEL}/{scenario.file}"
    world.announce(key)


def _second_drop(scenario: Scenario, world: World) -> None:
    scenario.drop(world, seed=3)


def _delete(scenario: Scenario, world: World) -> None:
    delete_endpoint(world, MODEL)


def _stop(scenario: Scenario, world: World) -> None:
    """Whatever run holds the model."""
    model = world.ledger.find_model(MODEL)
    if model is not None and model.active_run:
        stop(world, model.active_run)


ACTIONS: dict[Kind, Callable[[Scenario, World], None]] = {
    Kind.SWEEP: _sweep,
    Kind.SAME_EVENT: _same_event,
    Kind.SECOND_DROP: _second_drop,
    Kind.DELETION: _delete,
    Kind.STOP: _stop,
}


def known_violations() -> frozenset[str]:
    """Names of cases that are known to violate something: the list only shrinks."""
    lines = KNOWN_FILE.read_text().splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
