"""An earlier version's runs go on with this version's functions, from every state that they may be in at the update.

An execution keeps the definition that it began with; its functions are this version's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from contracts.run_record import RELEASED
from tests.chaos.api_calls import delete_model, predict, releases, roll_back_once
from tests.chaos.invariants import violations
from tests.chaos.scenarios import MODEL, REDEPLOY, SCENARIOS, rows
from tests.chaos.things import Behaviour
from tests.chaos.world import World
from tests.upgrade.recording import FOLDER, Moment, Recording, as_execution

_BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
ALWAYS_TRIED = REDEPLOY.name
FILES = sorted(FOLDER.glob("*.json.gz"))


@cache
def recording(path: Path) -> Recording:
    return Recording.read(path)


def cases() -> Iterator[ParameterSet]:
    """One story always, the others in `make test-all`."""
    for path in FILES:
        for number, moment in enumerate(recording(path).moments):
            marks = () if moment.scenario == ALWAYS_TRIED else pytest.mark.slow
            name = f"{path.name.split('.json')[0]}-{moment.name}"
            yield pytest.param(path, number, id=name, marks=marks)


def world_of(path: Path, number: int) -> tuple[World, Moment]:
    """The stack at the moment, its functions updated."""
    moment = recording(path).moments[number]
    world, scenario = World(moment.snapshot), _BY_NAME[moment.scenario]
    world.behaviour = Behaviour(
        jobs_fail=scenario.jobs_fail,
        answers_wrongly=scenario.answers_wrongly,
        is_bad=scenario.is_bad,
    )
    if moment.execution is not None:
        execution = as_execution(moment, recording(path).definition)
        world.go_on(execution, moment.execution["wait"])
    return world, moment


@pytest.mark.parametrize(("path", "number"), list(cases()))
def test_what_an_earlier_version_began_ends_well(path: Path, number: int) -> None:
    world, moment = world_of(path, number)
    world.finish()
    assert violations(world) == [], world.errors
    scenario = _BY_NAME[moment.scenario]
    run = scenario.own_run(world)
    assert run is not None
    assert run.status is scenario.status, world.errors


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_releases_of_an_earlier_version_are_served_listed_and_put_back(
    path: Path,
) -> None:
    numbers = {
        moment.name: number for number, moment in enumerate(recording(path).moments)
    }
    world, _ = world_of(path, numbers["redeploy, over"])
    champion = _champion(world)
    assert predict(world, MODEL)["statusCode"] == 200
    listed = json.loads(releases(world, MODEL)["body"])["releases"]
    assert len(listed) == 2
    roll_back_once(world, MODEL)
    world.finish()
    assert _champion(world) != champion
    world.upload(MODEL, rows(5))
    world.finish()
    assert violations(world) == []
    assert sum(run.status in RELEASED for run in world.ledger.runs()) == 3
    assert delete_model(world, MODEL)["statusCode"] == 409
    world.finish()
    assert delete_model(world, MODEL)["statusCode"] == 200
    assert world.ledger.find_model(MODEL) is None
    assert not world.state.things.endpoints


def _champion(world: World) -> str | None:
    model = world.ledger.find_model(MODEL)
    return model.champion if model else None
