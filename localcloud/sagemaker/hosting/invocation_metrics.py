"""CloudWatch's numbers of endpoints, under the names that SageMaker gives them.

See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
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


@dataclass(frozen=True)
class _Count:
    metric: str
    endpoint: str
    variant: str


class InvocationMetrics:
    """Counts requests by variant, and publishes the counts every fifteen seconds. Threads may share it."""

    def __init__(self, client: Callable[[], CloudWatchClient]) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._counts: Counter[_Count] = Counter()

    def note(self, endpoint: str, variant: str, status: int) -> None:
        """`status` is that of the model server's answer; 0 where it gave none."""
        errors = {
            "Invocation4XXErrors": 400 <= status < 500,
            "Invocation5XXErrors": status >= 500 or status == 0,
        }
        with self._lock:
            self._counts[_Count("Invocations", endpoint, variant)] += 1
            for metric, is_one in errors.items():
                self._counts[_Count(metric, endpoint, variant)] += int(is_one)

    async def publish_regularly(self) -> None:
        """Until it is cancelled; what was counted since the last time is lost then."""
        while True:
            await asyncio.sleep(_SECONDS)
            await asyncio.to_thread(self.publish)

    def publish(self) -> None:
        """What was counted since the last time. Where CloudWatch is away it is lost."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        now = datetime.now(UTC)
        data = [_datum(count, value, now) for count, value in counts.items()]
        for first in range(0, len(data), _DATA_PER_CALL):
            with suppress(BotoCoreError, ClientError):
                self._client().put_metric_data(
                    Namespace=_NAMESPACE,
                    MetricData=data[first : first + _DATA_PER_CALL],
                )


def _datum(count: _Count, value: int, now: datetime) -> MetricDatumTypeDef:
    return {
        "MetricName": count.metric,
        "Value": value,
        "Timestamp": now,
        "Dimensions": [
            {"Name": "EndpointName", "Value": count.endpoint},
            {"Name": "VariantName", "Value": count.variant},
        ],
    }
