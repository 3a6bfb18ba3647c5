from __future__ import annotations

from typing import Any, cast

from localcloud.sagemaker.hosting.metric_buffer import Metric, MetricBuffer


class Calls:
    """CloudWatch that keeps the data of each call."""

    def __init__(self) -> None:
        self.data: list[list[Any]] = []

    def put_metric_data(self, Namespace: str, MetricData: list[Any]) -> None:  # noqa: N803
        self.data.append(MetricData)


def test_values_are_sent_in_parts_with_their_unit_and_dimensions() -> None:
    calls = Calls()
    buffer = MetricBuffer(lambda: cast(Any, calls))
    for value in range(151):
        buffer.measure(Metric("M", "e", unit="Seconds"), value)
    buffer.count(Metric("C", "e", "v", "Count"), 2)
    buffer.publish()
    [[count, first, rest]] = calls.data
    assert (count["Value"], count["Unit"]) == (2, "Count")
    assert [item["Name"] for item in count["Dimensions"]] == [
        "EndpointName",
        "VariantName",
    ]
    assert len(first["Values"]) == 150
    assert (rest["Values"], rest["Unit"]) == ([150], "Seconds")
    assert rest["Dimensions"] == [{"Name": "EndpointName", "Value": "e"}]


def test_nothing_is_sent_twice() -> None:
    calls = Calls()
    buffer = MetricBuffer(lambda: cast(Any, calls))
    buffer.count(Metric("C", "e"))
    buffer.publish()
    buffer.publish()
    assert len(calls.data) == 1
