"""How a release's endpoint goes over to it: at once, or by steps that alarms take back.

SageMaker does it: https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

STARTUP_SECONDS = 3600
"""How long the new fleet may take to start, before its first request."""
LONGEST_SECONDS = 28_800
"""What SageMaker gives an update at most."""


class Traffic(StrEnum):
    """What becomes of the requests while a release takes another's place."""

    ALL_AT_ONCE = "all_at_once"
    CANARY = "canary"
    """A share of them first, then all."""
    LINEAR = "linear"
    """By equal shares."""


@dataclass(frozen=True)
class Alarm:
    """An alarm of CloudWatch on a metric of the endpoint, over a minute of all its requests."""

    name: str
    metric: str
    statistic: str
    """`Average`, or a percentile such as `p95`."""
    threshold: float
    """In the metric's unit: a share of 1 of the requests, or microseconds. More than it trips."""


@dataclass(frozen=True)
class TrafficShift:
    """Steps of requests to the new release, and what takes them back.

    Each is watched for `minutes`, the last too: so long the earlier release is kept.
    """

    kind: Traffic
    percent: int
    """Of the requests, in the first step; in every step of a linear shift."""
    minutes: int
    max_error_percent: int
    """Of the requests that may be answered with a status of 500 or more."""
    max_latency_ms: int
    """That one request in twenty may exceed; 0 for no limit."""

    @property
    def seconds(self) -> int:
        """From the new release's first request until the earlier one is gone, at most."""
        steps = 2 if self.kind is Traffic.CANARY else -(-100 // self.percent)
        return 60 * self.minutes * (steps + 1)

    def alarms(self, prefix: str) -> tuple[Alarm, ...]:
        errors = Alarm(
            f"{prefix}-errors",
            "Invocation5XXErrors",
            "Average",
            self.max_error_percent / 100,
        )
        if not self.max_latency_ms:
            return (errors,)
        microseconds = 1000.0 * self.max_latency_ms
        return errors, Alarm(f"{prefix}-latency", "ModelLatency", "p95", microseconds)

    def config(self, prefix: str) -> dict[str, object]:
        """`DeploymentConfig` of UpdateEndpoint; `prefix` is how the alarms' names begin."""
        size = "CanarySize" if self.kind is Traffic.CANARY else "LinearStepSize"
        routing = {
            "Type": self.kind.upper(),
            "WaitIntervalInSeconds": 60 * self.minutes,
            size: {"Type": "CAPACITY_PERCENT", "Value": self.percent},
        }
        timeout = min(self.seconds + STARTUP_SECONDS, LONGEST_SECONDS)
        names = [{"AlarmName": alarm.name} for alarm in self.alarms(prefix)]
        return {
            "BlueGreenUpdatePolicy": {
                "TrafficRoutingConfiguration": routing,
                "TerminationWaitInSeconds": 60 * self.minutes,
                "MaximumExecutionTimeoutInSeconds": timeout,
            },
            "AutoRollbackConfiguration": {"Alarms": names},
        }
