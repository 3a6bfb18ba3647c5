"""CloudWatch's numbers of endpoints, under the names that SageMaker gives them.

See https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from localcloud.sagemaker.hosting.metric_buffer import Metric, MetricBuffer

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


class InvocationMetrics:
    """Counts and times requests by variant, and publishes that every fifteen seconds. Threads may share it."""

    def __init__(self, client: Callable[[], CloudWatchClient]) -> None:
        self._buffer = MetricBuffer(client)

    def note(
        self, endpoint: str, variant: str, status: int, seconds: float | None = None
    ) -> None:
        """`status` is that of the model server's answer; 0 where it gave none. `seconds` is how long that took."""
        self._buffer.count(Metric("Invocations", endpoint, variant))
        note_model_answer(self._buffer, endpoint, variant, status, seconds)
        is_error = not 200 <= status < 300
        metric = Metric("InvocationModelErrors", endpoint, variant)
        self._buffer.count(metric, int(is_error))

    async def publish_regularly(self) -> None:
        """Until it is cancelled; what was counted since the last time is lost then."""
        await self._buffer.publish_regularly()

    def publish(self) -> None:
        """What was counted since the last time. Where CloudWatch is away it is lost."""
        self._buffer.publish()


def note_model_answer(
    buffer: MetricBuffer,
    endpoint: str,
    variant: str,
    status: int,
    seconds: float | None,
) -> None:
    """What real-time and asynchronous endpoints both publish; see `InvocationMetrics.note`."""
    errors = {
        "Invocation4XXErrors": 400 <= status < 500,
        "Invocation5XXErrors": status >= 500 or status == 0,
    }
    for name, is_one in errors.items():
        buffer.count(Metric(name, endpoint, variant), int(is_one))
    if seconds is not None:
        latency = Metric("ModelLatency", endpoint, variant, "Microseconds")
        buffer.measure(latency, seconds * 1e6)
