"""Models that nobody uses: they fall asleep, wake, and are never without an endpoint that was asked for."""

from __future__ import annotations

import pytest

from contracts import locations
from contracts.model_record import ModelRecord
from functions.adapters.sagemaker import Description
from tests.chaos.api_calls import predict, put_to_sleep, status_and_code, wake
from tests.chaos.invariants import violations
from tests.chaos.scenarios import HOURLY, IDLE_MINUTES, MODEL, REALTIME, REDEPLOY
from tests.chaos.test_lost_ledger import lose
from tests.chaos.world import DAY, SWEEP_SECONDS, World

IDLE_SECONDS, SWEEPS_SECONDS, HOUR = IDLE_MINUTES * 60, 1900, 3600


@pytest.fixture
def world() -> World:
    """A model on instances that may sleep after ten hours."""
    return REALTIME.run()


def _model(world: World) -> ModelRecord:
    model = world.ledger.find_model(MODEL)
    assert model is not None
    return model


def _endpoint(world: World) -> Description | None:
    world.sagemaker.catch_up()
    name = _model(world).endpoint
    endpoint: Description | None = world.state.things.endpoints.get(name)
    return endpoint


def test_an_idle_model_falls_asleep_and_the_next_prediction_wakes_it(
    world: World,
) -> None:
    run = _model(world).champion
    world.advance(IDLE_SECONDS + SWEEPS_SECONDS)
    assert _model(world).asleep_since
    assert _endpoint(world) is None
    assert violations(world) == []
    refused = predict(world, MODEL)
    assert status_and_code(refused) == (503, "model_waking")
    assert refused["multiValueHeaders"]["Retry-After"] == ["30"]
    assert _model(world).asleep_since is None
    assert status_and_code(predict(world, MODEL)) == (503, "model_waking")
    world.advance(HOUR)
    assert predict(world, MODEL)["statusCode"] == 200
    assert (_model(world).champion, violations(world)) == (run, [])


def test_a_model_that_is_used_stays_awake(world: World) -> None:
    for _ in range(5):
        world.advance(IDLE_SECONDS / 2)
        assert predict(world, MODEL)["statusCode"] == 200
    assert _model(world).asleep_since is None


def test_a_new_release_wakes_a_sleeping_model(world: World) -> None:
    run = _model(world).champion
    assert put_to_sleep(world, str(run))["statusCode"] == 200
    world.finish()
    assert _endpoint(world) is None
    REDEPLOY.drop(world, seed=3)
    world.finish()
    model = _model(world)
    assert (model.champion != run, model.asleep_since) == (True, None)
    assert violations(world) == []


def test_a_model_is_not_put_to_sleep_under_a_run(world: World) -> None:
    run = str(_model(world).champion)
    world.upload(MODEL, HOURLY, "traindrop.yaml")
    REDEPLOY.drop(world, seed=3)
    world.advance(120)
    assert _model(world).active_run
    assert status_and_code(put_to_sleep(world, run)) == (409, "model_busy")
    world.finish()
    assert violations(world) == []


def test_a_serverless_model_has_nothing_to_put_to_sleep() -> None:
    world = REDEPLOY.run()
    run = str(_model(world).champion)
    assert status_and_code(put_to_sleep(world, run)) == (409, "nothing_to_sleep")
    world.advance(IDLE_SECONDS + SWEEPS_SECONDS)
    assert _model(world).asleep_since is None


def test_what_a_model_costs_between_two_sweeps_is_booked(world: World) -> None:
    """It wakes and is put to sleep again before any sweep has seen it in service."""
    run = str(_model(world).champion)
    put_to_sleep(world, run)
    world.finish()
    before = world.booked_this_month()
    world.sweep()
    wake(world, run)
    world.advance(SWEEP_SECONDS / 2)
    assert _endpoint(world) is not None
    assert put_to_sleep(world, run)["statusCode"] == 200
    assert len(world.booked_this_month()) == len(before) + 1


def test_a_lost_ledger_leaves_the_archive_of_a_sleeping_model(world: World) -> None:
    run = str(_model(world).champion)
    put_to_sleep(world, run)
    world.finish()
    lose(world)
    world.advance(DAY)
    assert locations.release_archive_key(run) in world.state.objects


def test_a_deletion_that_came_too_late_is_mended_by_the_next_prediction(
    world: World,
) -> None:
    """A sweep that went on when another had long taken its turn."""
    del world.state.things.endpoints[_model(world).endpoint]
    assert status_and_code(predict(world, MODEL)) == (503, "model_waking")
    world.advance(HOUR)
    assert predict(world, MODEL)["statusCode"] == 200


def test_an_endpoint_that_failed_to_wake_is_made_again(world: World) -> None:
    run = str(_model(world).champion)
    put_to_sleep(world, run)
    world.finish()
    assert wake(world, run)["statusCode"] == 202
    endpoint = _endpoint(world)
    assert endpoint is not None
    world.state.things.endpoints[endpoint["EndpointName"]]["EndpointStatus"] = "Failed"
    for _ in ("is removed", "is made again"):
        assert status_and_code(predict(world, MODEL)) == (503, "model_waking")
        world.advance(HOUR)
    assert predict(world, MODEL)["statusCode"] == 200
    assert violations(world) == []
