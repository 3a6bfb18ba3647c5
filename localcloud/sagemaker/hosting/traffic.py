"""How requests move from the old fleet of an endpoint to the new one, as `DeploymentConfig` of UpdateEndpoint says.

See https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html. A share of the new fleet's capacity is
here the same share of the requests, of however many instances. A rolling update is linear in batches: the local
machine has no instances to save, so both fleets are whole all the time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import Body

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_SMALLEST_PERCENT = {"CanarySize": 1, "LinearStepSize": 10, "MaximumBatchSize": 5}
"""Name of a size -> the least percentage of the variant's instances that the API reference allows it to be."""
_LARGEST_PERCENT = 50


@dataclass(frozen=True)
class TrafficShift:
    """The steps of one update. Every duration is in seconds."""

    shares: tuple[float, ...] = (1.0,)
    """What share of the requests the new fleet answers after each step; the last is 1."""
    wait: float = 0.0
    """How long the alarms are watched after each step."""
    termination_wait: float = 0.0
    """How long the old fleet is kept after the last step."""
    timeout: float = math.inf
    alarms: tuple[str, ...] = ()
    """Names of the CloudWatch alarms that roll the update back."""

    @classmethod
    def from_config(cls, config: Body, instance_count: int) -> TrafficShift:
        """Of a `DeploymentConfig` and the new variant's instances. Raises `ValidationError`."""
        blue_green = config.get("BlueGreenUpdatePolicy")
        rolling = config.get("RollingUpdatePolicy")
        if blue_green and rolling:
            raise ValidationError(
                "Expected one update policy in DeploymentConfig, found BlueGreenUpdatePolicy and "
                "RollingUpdatePolicy. Leave one of them out."
            )
        policy: Body = blue_green or rolling or {}
        routing: Body = policy.get("TrafficRoutingConfiguration", policy)
        if rolling:
            shares = _even_shares(_percent(rolling, "MaximumBatchSize", instance_count))
        else:
            shares = _blue_green_shares(routing, instance_count)
        alarms = config.get("AutoRollbackConfiguration", {}).get("Alarms", [])
        shift = cls(
            shares=shares,
            wait=routing.get("WaitIntervalInSeconds", 0),
            termination_wait=policy.get("TerminationWaitInSeconds", 0),
            timeout=policy.get("MaximumExecutionTimeoutInSeconds", math.inf),
            alarms=tuple(alarm["AlarmName"] for alarm in alarms),
        )
        _check_timeout(shift)
        return shift


def _blue_green_shares(routing: Body, instance_count: int) -> tuple[float, ...]:
    kind = routing.get("Type", "ALL_AT_ONCE")
    sizes = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
    present = [name for name in sizes.values() if name in routing]
    required = [sizes[kind]] if kind in sizes else []
    if present != required:
        raise ValidationError(
            f"Expected {required[0] if required else 'neither CanarySize nor LinearStepSize'} with the traffic "
            f"routing type {kind}, found {' and '.join(present) or 'none'}."
        )
    if kind == "CANARY":
        return _percent(routing, "CanarySize", instance_count) / 100, 1.0
    if kind == "LINEAR":
        return _even_shares(_percent(routing, "LinearStepSize", instance_count))
    return (1.0,)


def _even_shares(percent: float) -> tuple[float, ...]:
    steps = math.ceil(100 / percent)
    return tuple(min(100.0, percent * step) / 100 for step in range(1, steps + 1))


def _percent(policy: Body, size_name: str, instance_count: int) -> float:
    """The size `size_name` as a percentage of the instances."""
    size = policy[size_name]
    percent = float(size["Value"])
    if size["Type"] == "INSTANCE_COUNT":
        percent = 100 * size["Value"] / instance_count
    smallest = _SMALLEST_PERCENT[size_name]
    if not smallest <= percent <= _LARGEST_PERCENT:
        raise ValidationError(
            f"Expected {size_name} between {smallest} % and {_LARGEST_PERCENT} % of the variant's instances "
            f"({instance_count}), found {percent:g} %."
        )
    return percent


def _check_timeout(shift: TrafficShift) -> None:
    waits = shift.wait * len(shift.shares) + shift.termination_wait
    if shift.timeout <= waits:
        raise ValidationError(
            f"Expected MaximumExecutionTimeoutInSeconds above the waits of the deployment ({waits} s), found "
            f"{shift.timeout}."
        )


# ---- alarms --------------------------------------------------------------------------------------------------------


def missing_alarms(client: CloudWatchClient, names: tuple[str, ...]) -> list[str]:
    """Those of the names that no alarm of the account has."""
    states = _alarm_states(client, names)
    return [name for name in names if name not in states]


def tripped_alarm(client: CloudWatchClient, names: tuple[str, ...]) -> str | None:
    """The first of the alarms that is in the state ALARM, or that is not there any more."""
    states = _alarm_states(client, names)
    for name in names:
        if states.get(name, "ALARM") == "ALARM":
            return name
    return None


def _alarm_states(client: CloudWatchClient, names: tuple[str, ...]) -> dict[str, str]:
    answer = client.describe_alarms(
        AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    states = {}
    for metric_alarm in answer.get("MetricAlarms", []):
        states[metric_alarm["AlarmName"]] = str(metric_alarm["StateValue"])
    for composite in answer.get("CompositeAlarms", []):
        states[composite["AlarmName"]] = str(composite["StateValue"])
    return states
