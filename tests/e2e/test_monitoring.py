"""The alarms of the deployed stack: one that goes off tells its topic."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.client import Cloud, eventually


def _queue_of(cloud: Cloud, topics: list[str]) -> str:
    """The address of a queue that gets what the one topic is told."""
    sqs, (topic,) = cloud.boto("sqs"), topics
    queue = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    cloud.boto("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return str(queue)


def test_runs_that_fail_one_after_the_other_raise_an_alarm(cloud: Cloud) -> None:
    cloudwatch = cloud.boto("cloudwatch")
    (alarm,) = [
        item
        for item in cloudwatch.describe_alarms()["MetricAlarms"]
        if item["MetricName"] == "ExecutionsFailed"
    ]
    queue = _queue_of(cloud, alarm["AlarmActions"])
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

    def message() -> dict[str, Any] | None:
        answer = cloud.boto("sqs").receive_message(QueueUrl=queue)
        return next(iter(answer.get("Messages", ())), None)

    received = eventually("the topic has a message", message, timeout=60, pause=1)
    assert alarm["AlarmName"] in received["Body"]
    assert cloudwatch.list_dashboards()["DashboardEntries"]
