"""Numbers of endpoints on their way to CloudWatch, in the namespace that SageMaker uses."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

_NAMESPACE = "AWS/SageMaker"
_SECONDS = 15.0
_DATA_PER_CALL = 500
_VALUES_PER_DATUM = 150


@dataclass(frozen=True)
class Metric:
    """A metric of an endpoint, or of one variant of it."""

    name: str
    endpoint: str
    variant: str | None = None
    unit: str = "None"


class MetricBuffer:
    """Counts and measures, and publishes that every fifteen seconds. Threads may share it."""

    def __init__(self, client: Callable[[], CloudWatchClient]) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._counts: Counter[Metric] = Counter()
        self._measures: dict[Metric, list[float]] = defaultdict(list)

    def count(self, metric: Metric, number: int = 1) -> None:
        with self._lock:
            self._counts[metric] += number

    def measure(self, metric: Metric, value: float) -> None:
        """One of several values of the time until the next call, in the metric's unit."""
        with self._lock:
            self._measures[metric].append(value)

    async def publish_regularly(self, before: Callable[[], None] | None = None) -> None:
        """Until it is cancelled; what was noted since the last time is lost then. `before` may note more."""
        while True:
            await asyncio.sleep(_SECONDS)
            if before:
                before()
            await asyncio.to_thread(self.publish)

    def publish(self) -> None:
        """What was noted since the last time. Where CloudWatch is away it is lost."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            measures, self._measures = self._measures, defaultdict(list)
        now = datetime.now(UTC)
        data = [_datum(metric, now, Value=value) for metric, value in counts.items()]
        for metric, values in measures.items():
            for first in range(0, len(values), _VALUES_PER_DATUM):
                chunk = values[first : first + _VALUES_PER_DATUM]
                data.append(_datum(metric, now, Values=chunk))
        for first in range(0, len(data), _DATA_PER_CALL):
            with suppress(BotoCoreError, ClientError):
                self._client().put_metric_data(
                    Namespace=_NAMESPACE,
                    MetricData=data[first : first + _DATA_PER_CALL],
                )


def _datum(metric: Metric, now: datetime, **values: Any) -> MetricDatumTypeDef:
    dimensions = [{"Name": "EndpointName", "Value": metric.endpoint}]
    if metric.variant is not None:
        dimensions.append({"Name": "VariantName", "Value": metric.variant})
    datum: Any = {
        "MetricName": metric.name,
        "Timestamp": now,
        "Dimensions": dimensions,
        "Unit": metric.unit,
        **values,
    }
    return datum  # type: ignore[no-any-return]
