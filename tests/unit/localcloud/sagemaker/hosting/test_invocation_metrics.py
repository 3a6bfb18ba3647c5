from __future__ import annotations

from typing import Any, cast

from localcloud.sagemaker.hosting.invocation_metrics import InvocationMetrics


class KeptData:
    """CloudWatch that keeps what it is given."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, ...], float] = {}

    def put_metric_data(self, Namespace: str, MetricData: list[Any]) -> None:  # noqa: N803
        for item in MetricData:
            dimensions = [dimension["Value"] for dimension in item["Dimensions"]]
            self.values[Namespace, item["MetricName"], *dimensions] = item["Value"]


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
    assert count["Invocations", "e", "run-2"] == 1
    kept.values.clear()
    metrics.publish()
    assert kept.values == {}
