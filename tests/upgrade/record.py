"""`python -m tests.upgrade.record NAME`: what this version leaves on a drop's way, for the tests of later versions."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from contracts import locations
from tests.chaos import scenarios
from tests.chaos.scenarios import SCENARIOS, Scenario
from tests.chaos.state import Snapshot
from tests.chaos.table import in_process_table
from tests.chaos.world import World, current_definition
from tests.unit.statemachine.interpreter import Execution
from tests.upgrade.recording import FOLDER, Moment, Recording

_FIELDS = ("input", "arn", "now", "position", "variables")
RECORDED = frozenset({"Task", "Wait", "Map"})
"""Types of states; in the others an execution does not stay."""


class RecordedWorld(World):
    """Keeps the moment before each state of each execution."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.moments: dict[str, Moment] = {}

    def _step(self, execution: Execution, steps: Iterator[float], begin: float) -> None:
        place = execution.position[0] if execution.position else ""
        state = execution.definition["States"].get(place, {})
        if state.get("Type") in RECORDED and place not in self.moments:
            self.moments[place] = self._moment(place, execution, begin)
        super()._step(execution, steps, begin)

    def _moment(self, place: str, execution: Execution, begin: float) -> Moment:
        fields = {name: copy.deepcopy(getattr(execution, name)) for name in _FIELDS}
        fields["wait"] = max(begin + execution.now - self.state.time, 0)
        return Moment("", place, now_of(self), fields)


def now_of(world: World) -> Snapshot:
    """All that lasts, but for the training code, which is large and which no function reads."""
    state = copy.deepcopy(world.state)
    for key, versions in state.objects.items():
        if key.startswith(locations.SOURCES):
            state.objects[key] = [replace(version, data=b"") for version in versions]
    return Snapshot(state, in_process_table().items())


def moments_of(scenario: Scenario) -> Iterator[Moment]:
    with patch.object(scenarios, "World", RecordedWorld):
        world = scenario.run()
    assert isinstance(world, RecordedWorld)
    for moment in world.moments.values():
        yield replace(moment, scenario=scenario.name)
    yield Moment(scenario.name, "", now_of(world))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="of the version, such as 0.1.0")
    options = parser.parse_args()
    moments = tuple(moment for scenario in SCENARIOS for moment in moments_of(scenario))
    path = FOLDER / f"{options.name}.json.gz"
    Recording(current_definition(), moments).write(path)
    print(f"{len(moments)} moments, {path.stat().st_size:,} bytes: {path}")


if __name__ == "__main__":
    main()
