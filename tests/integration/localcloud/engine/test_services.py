from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

from tests.integration.localcloud.engine.running import Engine


def test_published_message_reaches_its_subscriber(engine: Engine) -> None:
    sns, sqs = engine.client("sns"), engine.client("sqs")
    topic = sns.create_topic(Name="ends")["TopicArn"]
    queue = sqs.create_queue(QueueName="ends")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])[
        "Attributes"
    ]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert sns.publish(TopicArn=topic, Subject="Run ended", Message="live ü")[
        "MessageId"
    ]
    message = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"][0]
    assert (
        json.loads(message["Body"]).items()
        >= {"Subject": "Run ended", "Message": "live ü"}.items()
    )


def test_log_lines_are_kept_in_order_and_filtered(engine: Engine) -> None:
    logs, group = engine.client("logs"), "/aws/sagemaker/TrainingJobs"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="job/algo-1")
    now = int(time.time() * 1000)
    lines = [
        {"timestamp": now + n, "message": text}
        for n, text in enumerate(["loss=1", "Error: boom", "ü"])
    ]
    logs.put_log_events(logGroupName=group, logStreamName="job/algo-1", logEvents=lines)
    read = logs.get_log_events(
        logGroupName=group, logStreamName="job/algo-1", startFromHead=True
    )["events"]
    assert [event["message"] for event in read] == ["loss=1", "Error: boom", "ü"]
    matches = logs.filter_log_events(
        logGroupName=group, logStreamNamePrefix="job/", filterPattern="Error"
    )["events"]
    assert [event["message"] for event in matches] == ["Error: boom"]
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="job/")[
        "logStreams"
    ]
    assert [stream["logStreamName"] for stream in streams] == ["job/algo-1"]
    logs.delete_log_group(logGroupName=group)


def test_metrics_can_be_put_and_read(engine: Engine) -> None:
    cloudwatch, now = engine.client("cloudwatch"), datetime.now(UTC)
    datum = {
        "MetricName": "eval_accuracy",
        "Dimensions": [{"Name": "TrainingJobName", "Value": "j"}],
        "Value": 0.75,
    }
    cloudwatch.put_metric_data(
        Namespace="/aws/sagemaker/TrainingJobs", MetricData=[datum | {"Timestamp": now}]
    )
    read = cloudwatch.get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName="eval_accuracy",
        Dimensions=datum["Dimensions"],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=60,
        Statistics=["Average"],
    )
    assert [point["Average"] for point in read["Datapoints"]] == [0.75]
