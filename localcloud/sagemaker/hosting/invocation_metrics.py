"""CloudWatch's numbers of endpoints, under the names that SageMaker gives them.

See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

_NAMESPACE = "AWS/SageMaker"
_SECONDS = 15.0
_DATA_PER_CALL = 500
_VALUES_PER_DATUM = 150


@dataclass(frozen=True)
class _Metric:
    name: str
    endpoint: str
    variant: str


class InvocationMetrics:
    """Counts and times requests by variant, and publishes that every fifteen seconds. Threads may share it."""

    def __init__(self, client: Callable[[], CloudWatchClient]) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._counts: Counter[_Metric] = Counter()
        self._latencies: dict[_Metric, list[float]] = defaultdict(list)

    def note(
        self, endpoint: str, variant: str, status: int, seconds: float | None = None
    ) -> None:
        """`status` is that of the model server's answer; 0 where it gave none. `seconds` is how long that took."""
        errors = {
            "Invocation4XXErrors": 400 <= status < 500,
            "Invocation5XXErrors": status >= 500 or status == 0,
            "InvocationModelErrors": not 200 <= status < 300,
        }
        with self._lock:
            self._counts[_Metric("Invocations", endpoint, variant)] += 1
            for metric, is_one in errors.items():
                self._counts[_Metric(metric, endpoint, variant)] += int(is_one)
            if seconds is not None:
                latency = _Metric("ModelLatency", endpoint, variant)
                self._latencies[latency].append(seconds * 1e6)

    async def publish_regularly(self) -> None:
        """Until it is cancelled; what was counted since the last time is lost then."""
        while True:
            await asyncio.sleep(_SECONDS)
            await asyncio.to_thread(self.publish)

    def publish(self) -> None:
        """What was counted since the last time. Where CloudWatch is away it is lost."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            latencies, self._latencies = self._latencies, defaultdict(list)
        now = datetime.now(UTC)
        data = [_count(metric, value, now) for metric, value in counts.items()]
        for metric, values in latencies.items():
            for first in range(0, len(values), _VALUES_PER_DATUM):
                chunk = values[first : first + _VALUES_PER_DATUM]
                data.append(_durations(metric, chunk, now))
        for first in range(0, len(data), _DATA_PER_CALL):
            with suppress(BotoCoreError, ClientError):
                self._client().put_metric_data(
                    Namespace=_NAMESPACE,
                    MetricData=data[first : first + _DATA_PER_CALL],
                )


def _count(metric: _Metric, value: int, now: datetime) -> MetricDatumTypeDef:
    return {**_datum(metric, now), "Value": value}


def _durations(
    metric: _Metric, microseconds: list[float], now: datetime
) -> MetricDatumTypeDef:
    return {**_datum(metric, now), "Values": microseconds, "Unit": "Microseconds"}


def _datum(metric: _Metric, now: datetime) -> MetricDatumTypeDef:
    return {
        "MetricName": metric.name,
        "Timestamp": now,
        "Dimensions": [
            {"Name": "EndpointName", "Value": metric.endpoint},
            {"Name": "VariantName", "Value": metric.variant},
        ],
    }
