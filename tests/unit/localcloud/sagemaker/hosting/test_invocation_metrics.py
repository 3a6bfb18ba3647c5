from __future__ import annotations

from typing import Any, cast

from localcloud.sagemaker.hosting.invocation_metrics import InvocationMetrics


class KeptData:
    """CloudWatch that keeps what it is given."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], Any] = {}

    def put_metric_data(self, Namespace: str, MetricData: list[Any]) -> None:  # noqa: N803
        for item in MetricData:
            dimensions = [dimension["Value"] for dimension in item["Dimensions"]]
            name = (Namespace, item["MetricName"], *dimensions)
            self.values[name] = item["Value"] if "Value" in item else item["Values"]


def test_requests_are_counted_by_variant_with_their_errors() -> None:
    kept = KeptData()
    metrics = InvocationMetrics(lambda: cast(Any, kept))
    for status in (200, 200, 400, 500, 0):
        metrics.note("e", "run-1", status)
    metrics.note("e", "run-2", 200)
    metrics.publish()
    count = {name[1:]: value for name, value in kept.values.items()}
    assert {name[0] for name in kept.values} == {"AWS/SageMaker"}
    assert count["Invocations", "e", "run-1"] == 5
    assert count["Invocation4XXErrors", "e", "run-1"] == 1
    assert count["Invocation5XXErrors", "e", "run-1"] == 2
    assert count["InvocationModelErrors", "e", "run-1"] == 3
    assert count["Invocations", "e", "run-2"] == 1
    kept.values.clear()
    metrics.publish()
    assert kept.values == {}


def test_the_models_time_is_told_in_microseconds() -> None:
    kept = KeptData()
    metrics = InvocationMetrics(lambda: cast(Any, kept))
    metrics.note("e", "run-1", 200, seconds=0.25)
    metrics.note("e", "run-1", 500, seconds=0.5)
    metrics.publish()
    latency = kept.values["AWS/SageMaker", "ModelLatency", "e", "run-1"]
    assert latency == [250_000, 500_000]
