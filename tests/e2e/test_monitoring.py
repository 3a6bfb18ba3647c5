"""The alarms of the deployed stack: one that goes off tells its topic."""

from __future__ import annotations

from tests.e2e.client import Cloud
from tests.e2e.inbox import Inbox


def test_runs_that_fail_one_after_the_other_raise_an_alarm(cloud: Cloud) -> None:
    cloudwatch = cloud.boto("cloudwatch")
    (alarm,) = [
        item
        for item in cloudwatch.describe_alarms()["MetricAlarms"]
        if item["MetricName"] == "ExecutionsFailed"
    ]
    inbox = Inbox(cloud, "AlarmTopic")
    assert alarm["AlarmActions"] == [inbox.topic]
    # As Step Functions does on AWS; the engine's puts no numbers into CloudWatch.
    cloudwatch.put_metric_data(
        Namespace=alarm["Namespace"],
        MetricData=[
            {
                "MetricName": alarm["MetricName"],
                "Dimensions": alarm["Dimensions"],
                "Value": 3,
            }
        ],
    )
    assert inbox.message_with(alarm["AlarmName"])
    assert cloudwatch.list_dashboards()["DashboardEntries"]
