from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from functions.adapters.usage import Usage
from tests.unit.functions.adapters.stubs import StubbedClient

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "period"), [(1, 60), (60, 60), (1439, 60), (1440, 120), (10_080, 480)]
)
def test_requests_are_summed_in_one_answer_however_long_the_time(
    minutes: int, period: int
) -> None:
    cloudwatch = StubbedClient("cloudwatch")
    since = NOW - timedelta(minutes=minutes)
    expected = {
        "Namespace": "AWS/SageMaker",
        "MetricName": "Invocations",
        "Dimensions": [
            {"Name": "EndpointName", "Value": "e"},
            {"Name": "VariantName", "Value": "run-1"},
        ],
        "StartTime": since,
        "EndTime": NOW,
        "Period": period,
        "Statistics": ["Sum"],
    }
    points = [{"Sum": 2.0}, {"Sum": 3.0}]
    cloudwatch.answers("get_metric_statistics", {"Datapoints": points}, expected)
    assert Usage(cloudwatch.client).requests("e", "run-1", since, NOW) == 5
    assert minutes * 60 / period <= 1440
