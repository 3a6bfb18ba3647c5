"""CloudWatch's numbers of asynchronous endpoints.

See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-monitor.html, which is exhaustive:
`Invocations` is not among them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from localcloud.sagemaker.hosting.invocation_metrics import note_model_answer
from localcloud.sagemaker.hosting.metric_buffer import Metric, MetricBuffer

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


class AsyncMetrics:
    """Threads may share it."""

    def __init__(self, client: Callable[[], CloudWatchClient]) -> None:
        self.buffer = MetricBuffer(client)

    def note_model(
        self, endpoint: str, variant: str, status: int, seconds: float | None = None
    ) -> None:
        """As `InvocationMetrics.note`."""
        note_model_answer(self.buffer, endpoint, variant, status, seconds)

    def count(self, name: str, endpoint: str, variant: str) -> None:
        self.buffer.count(Metric(name, endpoint, variant, "Count"))

    def time(self, name: str, endpoint: str, variant: str, seconds: float) -> None:
        """A duration that CloudWatch gets in microseconds."""
        metric = Metric(name, endpoint, variant, "Microseconds")
        self.buffer.measure(metric, seconds * 1e6)

    def note_end(self, endpoint: str, variant: str, seconds: float) -> None:
        """A request has ended, so long after it was received."""
        self.count("InvocationsProcessed", endpoint, variant)
        metric = Metric("TotalProcessingTime", endpoint, variant, "Milliseconds")
        self.buffer.measure(metric, seconds * 1e3)

    def note_backlog(
        self, endpoint: str, size: int, age_seconds: float, instances: int
    ) -> None:
        """The state of a queue now. `instances` are the model servers that are ready."""
        self._gauge("ApproximateBacklogSize", endpoint, "Count", size)
        self._gauge("ApproximateAgeOfOldestRequest", endpoint, "Seconds", age_seconds)
        is_without = int(bool(size) and not instances)
        self._gauge("HasBacklogWithoutCapacity", endpoint, "Count", is_without)
        if instances:
            name = "ApproximateBacklogSizePerInstance"
            self._gauge(name, endpoint, "Count", size / instances)

    def _gauge(self, name: str, endpoint: str, unit: str, value: float) -> None:
        self.buffer.measure(Metric(name, endpoint, unit=unit), value)
