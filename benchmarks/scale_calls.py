"""What the functions ask of AWS, counted: a model is dropped twice in the simulated world of `tests/chaos`.

The functions, adapters and the ledger there are the real ones, so that a call that is added or saved shows here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.chaos.invariants import violations
from tests.chaos.scenarios import rows
from tests.chaos.world import DAY, SWEEP_SECONDS, World

Calls = Mapping[str, float]
"""Operation, as "sagemaker DescribeEndpoint" -> how often it is called."""


@dataclass(frozen=True)
class CallCounts:
    """`invocations`: function and stage -> calls of one invocation. A sweep has a part of its own besides."""

    invocations: Mapping[str, Calls]
    sweep: Calls
    sweep_per_model: Calls
    """More for each model that is live."""
    sweep_per_run: Calls
    """More for each run in progress."""

    def of_sweep(self, models: int, runs: int) -> Calls:
        names = (*self.sweep, *self.sweep_per_model, *self.sweep_per_run)
        return {
            name: self.sweep.get(name, 0.0)
            + models * self.sweep_per_model.get(name, 0.0)
            + runs * self.sweep_per_run.get(name, 0.0)
            for name in dict.fromkeys(names)
        }


class CountingWorld(World):
    """Keeps what each invocation of a function called."""

    def __init__(self) -> None:
        self.invocations: dict[str, list[Counter[str]]] = defaultdict(list)
        super().__init__()

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        begin = len(self.trace.calls)
        answer = super().invoke(function, event)
        calls = [call for call in self.trace.calls[begin:] if call.service != "lambda"]
        counter = Counter(f"{call.service} {call.operation}" for call in calls)
        self.invocations[invocation_key(function, event)].append(counter)
        return answer


def invocation_key(function: str, payload: Mapping[str, Any]) -> str:
    """Deploy and the looks at an endpoint do other things after the switch than before it."""
    return f"{function} {payload.get('stage', '')}".strip()


def count_calls() -> CallCounts:
    world = CountingWorld()
    for seed in (1, 2):
        world.upload("m", rows(seed))
        world.finish()
    assert not violations(world), violations(world)
    functions = {
        key: _mean(counters)
        for key, counters in world.invocations.items()
        if key != "Sweep"
    }
    one, two = _sweep_of(1), _sweep_of(2)
    per_model = _more(one, two)
    fixed = {name: one[name] - per_model.get(name, 0.0) for name in one}
    return CallCounts(functions, fixed, per_model, _more(one, _sweep_of(1, runs=1)))


def _sweep_of(models: int, runs: int = 0) -> Counter[str]:
    """A sweep of live models that were dropped twice each; so many have a third run, which trains."""
    world = CountingWorld()
    for seed in (1, 2):
        for number in range(models):
            world.upload(f"m{number}", rows(seed + 2 * number))
        world.finish()
    world.behaviour.training_seconds = DAY
    for number in range(runs):
        world.upload(f"m{number}", rows(99))
    world.advance(SWEEP_SECONDS / 2)
    world.invocations.clear()
    world.sweep()
    (counter,) = world.invocations["Sweep"]
    return counter


def _more(few: Mapping[str, float], many: Mapping[str, float]) -> Calls:
    names = dict.fromkeys((*few, *many))
    differences = {name: many.get(name, 0) - few.get(name, 0) for name in names}
    return {name: count for name, count in differences.items() if count}


def _mean(counters: Iterable[Counter[str]]) -> Calls:
    listed = list(counters)
    total: Counter[str] = Counter()
    for counter in listed:
        total += counter
    return {name: count / len(listed) for name, count in total.items()}
