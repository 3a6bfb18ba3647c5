from __future__ import annotations

import pytest

from deployment_modes.traffic import Alarm
from functions.adapters.alarms import Alarms
from tests.unit.functions.adapters.stubs import StubbedClient

ERRORS = Alarm("p-errors", "Invocation5XXErrors", "Average", 0.05)
LATENCY = Alarm("p-latency", "ModelLatency", "p95", 500_000.0)


@pytest.mark.parametrize(
    ("alarm", "statistic"),
    [(ERRORS, {"Statistic": "Average"}), (LATENCY, {"ExtendedStatistic": "p95"})],
    ids=["errors", "latency"],
)
def test_an_alarm_looks_at_one_variant_of_one_endpoint(
    alarm: Alarm, statistic: dict[str, str]
) -> None:
    cloudwatch = StubbedClient("cloudwatch")
    expected = {
        "AlarmName": alarm.name,
        "AlarmDescription": "Takes a release's requests back to the earlier one.",
        "Namespace": "AWS/SageMaker",
        "MetricName": alarm.metric,
        "Dimensions": [
            {"Name": "EndpointName", "Value": "e"},
            {"Name": "VariantName", "Value": "release"},
        ],
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": alarm.threshold,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        **statistic,
    }
    cloudwatch.answers("put_metric_alarm", {}, expected)
    Alarms(cloudwatch.client).put(alarm, "e", "release")


def test_only_what_is_there_is_deleted() -> None:
    cloudwatch = StubbedClient("cloudwatch")
    present = {"MetricAlarms": [{"AlarmName": "p-errors"}]}
    names = ["p-errors", "p-latency"]
    cloudwatch.answers("describe_alarms", present, {"AlarmNames": names})
    cloudwatch.answers("delete_alarms", {}, {"AlarmNames": ["p-errors"]})
    Alarms(cloudwatch.client).delete(names)


def test_where_none_is_there_nothing_is_deleted() -> None:
    cloudwatch = StubbedClient("cloudwatch")
    cloudwatch.answers("describe_alarms", {"MetricAlarms": []})
    Alarms(cloudwatch.client).delete(["p-errors"])


def test_one_that_somebody_else_removes_meanwhile_is_gone_too() -> None:
    cloudwatch = StubbedClient("cloudwatch")
    present = {"MetricAlarms": [{"AlarmName": "p-errors"}]}
    cloudwatch.answers("describe_alarms", present)
    cloudwatch.refuses("delete_alarms", "ResourceNotFound", "no such alarm")
    Alarms(cloudwatch.client).delete(["p-errors"])


def test_the_alarms_of_a_prefix_are_listed_page_by_page() -> None:
    cloudwatch = StubbedClient("cloudwatch")
    expected = {"AlarmNamePrefix": "p-", "AlarmTypes": ["MetricAlarm"]}
    first = {"MetricAlarms": [{"AlarmName": "p-errors"}], "NextToken": "2"}
    cloudwatch.answers("describe_alarms", first, expected)
    second = {"MetricAlarms": [{"AlarmName": "p-latency"}]}
    cloudwatch.answers("describe_alarms", second, {**expected, "NextToken": "2"})
    assert Alarms(cloudwatch.client).named("p-") == ["p-errors", "p-latency"]
