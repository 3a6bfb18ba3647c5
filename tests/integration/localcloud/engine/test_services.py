from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

from tests.integration.localcloud.engine.running import Engine, eventually


def test_published_message_reaches_its_subscriber(engine: Engine) -> None:
    sns, sqs = engine.client("sns"), engine.client("sqs")
    topic = sns.create_topic(Name="ends")["TopicArn"]
    queue = sqs.create_queue(QueueName="ends")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert sns.publish(TopicArn=topic, Subject="Run ended", Message="live ü")["MessageId"]
    message = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"][0]
    assert json.loads(message["Body"]).items() >= {"Subject": "Run ended", "Message": "live ü"}.items()


def test_log_lines_are_kept_in_order_and_filtered(engine: Engine) -> None:
    logs, group = engine.client("logs"), "/aws/sagemaker/TrainingJobs"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="job/algo-1")
    now = int(time.time() * 1000)
    lines = [{"timestamp": now + n, "message": text} for n, text in enumerate(["loss=1", "Error: boom", "ü"])]
    logs.put_log_events(logGroupName=group, logStreamName="job/algo-1", logEvents=lines)
    read = logs.get_log_events(logGroupName=group, logStreamName="job/algo-1", startFromHead=True)["events"]
    assert [event["message"] for event in read] == ["loss=1", "Error: boom", "ü"]
    found = logs.filter_log_events(logGroupName=group, logStreamNamePrefix="job/", filterPattern="Error")["events"]
    assert [event["message"] for event in found] == ["Error: boom"]
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="job/")["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == ["job/algo-1"]
    logs.delete_log_group(logGroupName=group)


def test_metrics_can_be_put_and_read(engine: Engine) -> None:
    cloudwatch, now = engine.client("cloudwatch"), datetime.now(UTC)
    datum = {"MetricName": "eval_accuracy", "Dimensions": [{"Name": "TrainingJobName", "Value": "j"}], "Value": 0.75}
    cloudwatch.put_metric_data(Namespace="/aws/sagemaker/TrainingJobs", MetricData=[datum | {"Timestamp": now}])
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


def test_stack_with_a_locked_down_bucket_is_made_and_deleted(engine: Engine) -> None:
    cloudformation, s3 = engine.client("cloudformation"), engine.client("s3")
    template = {
        "Resources": {
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "BucketName": "stack-bucket",
                    "VersioningConfiguration": {"Status": "Enabled"},
                    "BucketEncryption": {
                        "ServerSideEncryptionConfiguration": [
                            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
                        ]
                    },
                    "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
                    "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
                    "LifecycleConfiguration": {
                        "Rules": [{"Id": "runs", "Status": "Enabled", "Prefix": "runs/", "ExpirationInDays": 90}]
                    },
                },
            },
            "Policy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Bucket"},
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Deny",
                                "Principal": "*",
                                "Action": "s3:*",
                                "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
                                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                            }
                        ],
                    },
                },
            },
        },
        "Outputs": {"Bucket": {"Value": {"Ref": "Bucket"}}},
    }
    cloudformation.create_stack(StackName="data-stack", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="data-stack", WaiterConfig={"Delay": 1})
    outputs = cloudformation.describe_stacks(StackName="data-stack")["Stacks"][0]["Outputs"]
    assert [(o["OutputKey"], o["OutputValue"]) for o in outputs] == [("Bucket", "stack-bucket")]
    assert s3.get_bucket_versioning(Bucket="stack-bucket")["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket="stack-bucket")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert rule["BucketKeyEnabled"] is True
    assert "SecureTransport" in s3.get_bucket_policy(Bucket="stack-bucket")["Policy"]
    cloudformation.delete_stack(StackName="data-stack")

    def gone() -> bool:
        names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
        return "stack-bucket" not in names

    eventually(gone)
