"""Releases whose requests go over step by step: what watches them is there before, and gone after."""

from __future__ import annotations

from functools import cache

import pytest

from contracts.run_record import RunStatus
from functions.deploy.requests import UNSHIFTED
from tests.chaos.faults import Call, Kind, Plan
from tests.chaos.invariants import violations
from tests.chaos.scenarios import HOURLY, MODEL, Scenario, rows
from tests.chaos.state import Snapshot
from tests.chaos.world import World

SHIFTING = b"deployment: {mode: realtime, traffic: canary, max_latency_ms: 500}\n"


@cache
def _champion(settings: bytes) -> Snapshot:
    world = Scenario("first", RunStatus.LIVE, False, settings=settings).run()
    assert not violations(world)
    return world.snapshot()


def _second(plan: Plan | None = None, first: bytes = SHIFTING) -> World:
    """A second release of a live model, after it has ended."""
    world = World(_champion(first), plan)
    world.upload(MODEL, SHIFTING, "traindrop.yaml")
    world.upload(MODEL, rows(3))
    world.finish()
    return world


def _traffic(world: World) -> object:
    model = world.ledger.find_model(MODEL)
    assert model is not None
    return world.state.things.endpoints[model.endpoint]["_traffic"]


def _calls() -> list[Call]:
    """Of the run itself; the sweep looks for alarms as well."""
    calls = _second().trace.calls
    return [
        call
        for call in calls
        if call.service == "cloudwatch" and call.function != "Sweep"
    ]


def test_requests_go_over_step_by_step_and_no_alarm_is_left() -> None:
    world = _second()
    first, second = sorted(world.ledger.runs(), key=lambda run: run.started_at)
    assert (first.status, second.status) == (RunStatus.SUPERSEDED, RunStatus.LIVE)
    assert not second.warnings
    assert violations(world) == []
    assert _traffic(world)
    assert [call.operation for call in _calls()] == [
        "PutMetricAlarm",
        "PutMetricAlarm",
        "DescribeAlarms",
        "DeleteAlarms",
    ]


def test_after_a_release_that_took_all_at_once_all_go_at_once() -> None:
    world = _second(first=HOURLY)
    second = max(world.ledger.runs(), key=lambda run: run.started_at)
    assert (second.status, second.warnings) == (RunStatus.LIVE, (UNSHIFTED,))
    assert violations(world) == []
    assert _traffic(world) is None


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("call", _calls(), ids=lambda call: call.operation)
def test_nothing_that_happens_to_an_alarm_leaves_it_behind(
    call: Call, kind: Kind
) -> None:
    assert violations(_second(Plan.of(call.number, kind))) == []
