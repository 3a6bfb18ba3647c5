from __future__ import annotations

import math

import pytest

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import Body
from localcloud.sagemaker.hosting.traffic import TrafficShift


def percent(value: int) -> Body:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def blue_green(kind: str, **sizes: Body) -> Body:
    routing = {"Type": kind, "WaitIntervalInSeconds": 60, **sizes}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}}


def test_without_a_policy_all_traffic_goes_at_once() -> None:
    assert TrafficShift.from_config({}, 1) == TrafficShift((1.0,), 0, 0, math.inf, ())


@pytest.mark.parametrize(
    ("config", "instance_count", "shares"),
    [
        (blue_green("ALL_AT_ONCE"), 1, (1.0,)),
        (blue_green("CANARY", CanarySize=percent(10)), 1, (0.1, 1.0)),
        (
            blue_green("CANARY", CanarySize={"Type": "INSTANCE_COUNT", "Value": 1}),
            4,
            (0.25, 1.0),
        ),
        (blue_green("LINEAR", LinearStepSize=percent(40)), 1, (0.4, 0.8, 1.0)),
        (
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": percent(50),
                    "WaitIntervalInSeconds": 60,
                }
            },
            2,
            (0.5, 1.0),
        ),
    ],
)
def test_the_steps_of_each_way(
    config: Body, instance_count: int, shares: tuple[float, ...]
) -> None:
    shift = TrafficShift.from_config(config, instance_count)
    assert (shift.shares, shift.wait) == (shares, 60)


def test_alarms_and_waits_are_those_of_the_request() -> None:
    config = blue_green("ALL_AT_ONCE")
    config["BlueGreenUpdatePolicy"] |= {
        "TerminationWaitInSeconds": 120,
        "MaximumExecutionTimeoutInSeconds": 600,
    }
    config["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": "errors"}]}
    assert TrafficShift.from_config(config, 1) == TrafficShift(
        (1.0,), 60, 120, 600, ("errors",)
    )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            blue_green("CANARY"),
            r"Expected CanarySize with the traffic routing type CANARY, found none\.",
        ),
        (
            blue_green("LINEAR", CanarySize=percent(10)),
            "Expected LinearStepSize .*, found CanarySize",
        ),
        (
            blue_green("ALL_AT_ONCE", CanarySize=percent(10)),
            "Expected neither CanarySize nor LinearStepSize",
        ),
        (
            blue_green("CANARY", CanarySize=percent(60)),
            r"CanarySize between 1 % and 50 % of the variant's instances \(1\), found 60 %",
        ),
        (
            blue_green("CANARY", CanarySize={"Type": "INSTANCE_COUNT", "Value": 1}),
            "found 100 %",
        ),
        (blue_green("LINEAR", LinearStepSize=percent(5)), "between 10 % and 50 %"),
        (
            blue_green("ALL_AT_ONCE") | {"RollingUpdatePolicy": {"x": 1}},
            "Expected one update policy",
        ),
    ],
)
def test_what_the_api_does_not_allow_is_refused(config: Body, message: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        TrafficShift.from_config(config, 1)
    assert refusal.match(message)


def test_waits_beyond_the_timeout_are_refused() -> None:
    config = blue_green("LINEAR", LinearStepSize=percent(10))
    policy = config["BlueGreenUpdatePolicy"]
    policy["MaximumExecutionTimeoutInSeconds"] = 600
    with pytest.raises(ValidationError, match=r"above the waits .* \(600 s\)"):
        TrafficShift.from_config(config, 1)
