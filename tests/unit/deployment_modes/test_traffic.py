from __future__ import annotations

from typing import Any

import pytest

from deployment_modes import find_mode
from deployment_modes.realtime import MAX_STEP_MINUTES
from deployment_modes.traffic import LONGEST_SECONDS, Traffic, TrafficShift


def shift(kind: Traffic, **changes: Any) -> TrafficShift:
    values = {
        "percent": 10,
        "minutes": 10,
        "max_error_percent": 5,
        "max_latency_ms": 0,
        **changes,
    }
    return TrafficShift(kind, **values)


def test_a_canary_is_a_share_then_all() -> None:
    config: Any = shift(Traffic.CANARY, percent=25, minutes=5).config("s--m-1")
    policy = config["BlueGreenUpdatePolicy"]
    assert policy["TrafficRoutingConfiguration"] == {
        "Type": "CANARY",
        "WaitIntervalInSeconds": 300,
        "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 25},
    }
    assert policy["TerminationWaitInSeconds"] == 300
    assert config["AutoRollbackConfiguration"] == {
        "Alarms": [{"AlarmName": "s--m-1-errors"}]
    }


def test_linear_traffic_goes_by_equal_shares() -> None:
    config: Any = shift(Traffic.LINEAR).config("s--m-1")
    routing = config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == "LINEAR"
    assert routing["LinearStepSize"] == {"Type": "CAPACITY_PERCENT", "Value": 10}


@pytest.mark.parametrize("kind", [Traffic.CANARY, Traffic.LINEAR])
@pytest.mark.parametrize("percent", [10, 33, 50])
@pytest.mark.parametrize("minutes", [1, MAX_STEP_MINUTES])
def test_the_longest_shift_fits_what_sagemaker_gives_an_update(
    kind: Traffic, percent: int, minutes: int
) -> None:
    config: Any = shift(kind, percent=percent, minutes=minutes).config("p")
    policy = config["BlueGreenUpdatePolicy"]
    steps = 2 if kind is Traffic.CANARY else -(-100 // percent)
    wait = policy["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"]
    waits = wait * steps + policy["TerminationWaitInSeconds"]
    assert waits < policy["MaximumExecutionTimeoutInSeconds"] <= LONGEST_SECONDS


def test_an_alarm_on_slowness_is_made_where_there_is_a_limit() -> None:
    errors, latency = shift(Traffic.CANARY, max_latency_ms=500).alarms("p")
    assert (errors.metric, errors.statistic, errors.threshold) == (
        "Invocation5XXErrors",
        "Average",
        0.05,
    )
    assert (latency.metric, latency.statistic, latency.threshold) == (
        "ModelLatency",
        "p95",
        500_000,
    )


def test_the_variant_is_shared_and_the_container_named_only_where_requests_go_over_by_steps() -> (
    None
):
    mode = find_mode("realtime")
    at_once = mode.own_settings({})
    by_steps = {**at_once, "traffic": "canary"}
    assert mode.variant("m-1", "s--m-1", at_once)["VariantName"] == "m-1"
    assert mode.container_environment("m-1", at_once) == {}
    assert mode.variant("m-1", "s--m-1", by_steps)["VariantName"] == "release"
    assert mode.container_environment("m-1", by_steps) == {"TRAINDROP_RUN": "m-1"}


def test_serverless_endpoints_go_over_at_once() -> None:
    mode = find_mode("serverless")
    assert mode.traffic_shift({"traffic": "canary"}) is None
