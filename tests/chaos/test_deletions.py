"""What each deletion leaves: the bucket, the table, SageMaker and the logs are listed after it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable

import pytest

from contracts import locations
from contracts.run_record import RunStatus
from functions.common.names import resource_name
from tests.chaos.api_calls import (
    delete_data,
    delete_model,
    delete_release,
    promote,
    retry,
    roll_back,
    status_and_code,
)
from tests.chaos.faults import Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.scenarios import MODEL, REDEPLOY, TRAINING_FAILS, after
from tests.chaos.table import in_process_table
from tests.chaos.world import STACK, World
from tests.unit.statemachine.interpreter import LambdaError


def _objects(world: World, run: str) -> list[str]:
    return sorted(key for key in world.state.objects if run in key)


@pytest.fixture
def world() -> World:
    """Two releases, the second one live."""
    return World(after(REDEPLOY))


def test_a_deleted_model_leaves_nothing(world: World) -> None:
    sources = {key for key in world.state.objects if key.startswith("code/")}
    # While containers of the endpoint may still write into its logs, nothing else goes.
    assert status_and_code(delete_model(world, MODEL)) == (409, "endpoint_busy")
    assert world.ledger.find_model(MODEL)
    world.advance(300)
    assert delete_model(world, MODEL)["statusCode"] == 200
    assert world.state.things.endpoints == {}
    world.finish()
    assert set(world.state.objects) == sources
    left = {item["pk"].partition("#")[0] for item in in_process_table().items()}
    # Amounts and rates name the model and its runs, and hold nothing of the data.
    assert left == {"costs", "lease", "rates"}
    things = world.state.things
    assert (things.endpoints, things.configs, things.models) == ({}, {}, {})
    assert world.state.log_streams == set()
    assert status_and_code(delete_model(world, MODEL)) == (404, "unknown_model")


def test_a_deleted_model_may_be_dropped_again(world: World) -> None:
    """Its run has the name of the one before, whose job SageMaker still lists."""
    jobs = set(world.state.things.jobs)
    run = world.ledger.runs()[0].run
    delete_model(world, MODEL)
    world.advance(600)
    assert delete_model(world, MODEL)["statusCode"] == 200
    world.state.mails.clear()
    world.state.events.clear()
    REDEPLOY.drop(world)
    world.finish()
    assert violations(world) == []
    assert [(item.run, item.status) for item in world.ledger.runs()] == [
        (run, RunStatus.LIVE)
    ]
    assert set(world.state.things.jobs) > jobs


def test_a_model_with_a_run_in_progress_is_not_deleted(world: World) -> None:
    REDEPLOY.drop(world, seed=3)
    world.advance(200)
    assert status_and_code(delete_model(world, MODEL)) == (409, "run_in_progress")
    world.finish()
    assert violations(world) == []


def test_a_deleted_release_leaves_its_numbers_only(world: World) -> None:
    second, first = world.ledger.runs()
    for _ in range(2):
        assert delete_release(world, MODEL, first.run)["statusCode"] == 200
    assert _objects(world, first.run) == []
    assert not [name for name in world.state.log_streams if first.run in name]
    record = world.ledger.get_run(first.run)
    assert (record.archive, record.report, record.removing) == (None, None, None)
    assert record.evaluation == first.evaluation
    assert status_and_code(roll_back(world, first.run)) == (409, "release_removed")
    assert status_and_code(delete_release(world, MODEL, second.run)) == (
        409,
        "release_is_live",
    )
    world.finish()
    assert violations(world) == []


def test_the_data_of_a_failed_run_goes_with_the_lines_of_its_log() -> None:
    world = TRAINING_FAILS.run()
    run = world.ledger.runs()[0].run
    failure = world.ledger.get_run(run).failure
    assert failure is not None
    content = failure.write() | {"log_tail": ["a row"]}
    world.ledger.record(run, failure=content, problems=[{"found": "a cell"}])
    assert delete_data(world, run)["statusCode"] == 200
    assert _objects(world, run) == []
    record = json.dumps(world.ledger.get_run(run).write())
    assert "a row" not in record
    assert "a cell" not in record
    assert status_and_code(retry(world, run)) == (409, "data_removed")
    world.finish()
    assert violations(world) == []


def test_the_live_model_answers_without_its_data_and_is_not_put_live_again(
    world: World,
) -> None:
    second = world.ledger.runs()[0].run
    assert delete_data(world, second)["statusCode"] == 200
    archive = locations.release_archive_key(second)
    assert _objects(world, second) == [archive, locations.kept_spec_key(second)]
    name = resource_name(STACK, MODEL)
    assert world.sagemaker.answer(name) is not None
    REDEPLOY.drop(world, seed=3)
    world.finish()
    assert violations(world) == []
    assert _objects(world, second) == []
    assert status_and_code(promote(world, second)) == (409, "release_removed")


def _delete_model_with_its_endpoint(world: World) -> None:
    delete_model(world, MODEL)
    world.advance(300)
    if world.ledger.find_model(MODEL):
        delete_model(world, MODEL)


DELETIONS: dict[str, Callable[[World], object]] = {
    "model": _delete_model_with_its_endpoint,
    "release": lambda world: delete_release(world, MODEL, world.ledger.runs()[-1].run),
}


@pytest.mark.parametrize("what", DELETIONS)
@pytest.mark.parametrize("kind", [Kind.DIES_AFTER, Kind.ERROR, Kind.LOST])
def test_a_deletion_that_is_cut_off_anywhere_is_finished_by_asking_again(
    what: str, kind: Kind
) -> None:
    delete = DELETIONS[what]
    world = World(after(REDEPLOY))
    delete(world)
    calls = len(world.trace.calls)
    assert calls > 5
    for number in range(0, calls, 3):
        world = World(after(REDEPLOY), Plan.of(number, kind))
        first = world.ledger.runs()[-1].run
        with contextlib.suppress(LambdaError):
            delete(world)
        world.plan = Plan()
        if what == "release" or world.ledger.find_model(MODEL):
            delete(world)
        world.finish()
        assert _objects(world, first) == []
        assert violations(world) == []
