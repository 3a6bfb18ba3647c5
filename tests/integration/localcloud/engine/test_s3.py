from __future__ import annotations

import json
from contextlib import closing
from io import BytesIO
from typing import Any

import pytest

from localcloud.engine.s3 import EVENTS_FILE
from tests.integration.localcloud.engine.running import REGION, ROLE, Engine, eventually

KEY = "datasets/Film + Käse 100%/train & test.csv"


@pytest.fixture(scope="session")
def listener(engine: Engine) -> str:
    """A machine that ends with the event it was started by; every object of bucket `events` starts it."""
    machine = engine.machine("object-listener", {"Show": {"Type": "Pass", "End": True}})
    s3, events = engine.client("s3"), engine.client("events")
    s3.create_bucket(Bucket="events")
    s3.put_bucket_versioning(
        Bucket="events", VersioningConfiguration={"Status": "Enabled"}
    )
    s3.put_bucket_notification_configuration(
        Bucket="events", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": ["events"]},
            "object": {"key": [{"prefix": "datasets/"}]},
        },
    }
    events.put_rule(Name="objects", EventPattern=json.dumps(pattern))
    events.put_targets(
        Rule="objects", Targets=[{"Id": "1", "Arn": machine, "RoleArn": ROLE}]
    )
    return machine


def keys_seen(engine: Engine, machine: str) -> set[str]:
    """The keys of all objects whose events started an execution."""
    sfn = engine.client("stepfunctions")
    keys = set()
    for execution in sfn.list_executions(stateMachineArn=machine)["executions"]:
        described = sfn.describe_execution(executionArn=execution["executionArn"])
        keys.add(json.loads(described["input"])["detail"]["object"]["key"])
    return keys


def event_of(engine: Engine, machine: str, reason: str, key: str) -> dict[str, Any]:
    sfn = engine.client("stepfunctions")

    def find() -> dict[str, Any] | None:
        for execution in sfn.list_executions(stateMachineArn=machine)["executions"]:
            event = json.loads(
                sfn.describe_execution(executionArn=execution["executionArn"])["input"]
            )
            if (event["detail"]["reason"], event["detail"]["object"]["key"]) == (
                reason,
                key,
            ):
                return dict(event)
        return None

    event = eventually(find)
    assert event is not None
    return event


def test_put_object_starts_an_execution_with_the_plain_key_and_the_version(
    engine: Engine, listener: str
) -> None:
    put = engine.client("s3").put_object(Bucket="events", Key=KEY, Body=b"abc")
    event = event_of(engine, listener, "PutObject", KEY)
    assert event["detail-type"] == "Object Created"
    assert event["region"] == REGION
    assert event["detail"]["bucket"] == {"name": "events"}
    assert (
        event["detail"]["object"].items()
        >= {"key": KEY, "size": 3, "version-id": put["VersionId"]}.items()
    )
    assert event["detail"]["object"]["etag"] == put["ETag"].strip('"')
    assert event["detail"]["object"]["sequencer"]


def test_completed_upload_in_parts_starts_an_execution(
    engine: Engine, listener: str
) -> None:
    s3, key = engine.client("s3"), "datasets/ü/parts.csv"
    upload = s3.create_multipart_upload(Bucket="events", Key=key)["UploadId"]
    uploaded = s3.upload_part(
        Bucket="events", Key=key, UploadId=upload, PartNumber=1, Body=b"a" * 10
    )
    done = s3.complete_multipart_upload(
        Bucket="events",
        Key=key,
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": uploaded["ETag"]}]},
    )
    event = event_of(engine, listener, "CompleteMultipartUpload", key)
    assert (
        event["detail"]["object"].items()
        >= {"size": 10, "version-id": done["VersionId"]}.items()
    )


def test_copied_object_starts_an_execution(engine: Engine, listener: str) -> None:
    s3, key = engine.client("s3"), "datasets/copy of ü.csv"
    s3.put_object(Bucket="events", Key="elsewhere/a b.csv", Body=b"abcd")
    copied = s3.copy_object(
        Bucket="events",
        Key=key,
        CopySource={"Bucket": "events", "Key": "elsewhere/a b.csv"},
    )
    event = event_of(engine, listener, "CopyObject", key)
    assert (
        event["detail"]["object"].items()
        >= {"size": 4, "version-id": copied["VersionId"]}.items()
    )


def test_other_prefixes_start_nothing(engine: Engine, listener: str) -> None:
    s3, sfn = engine.client("s3"), engine.client("stepfunctions")
    s3.put_object(Bucket="events", Key="runs/other.csv", Body=b"")
    s3.put_object(Bucket="events", Key="datasets/last.csv", Body=b"")
    event_of(engine, listener, "PutObject", "datasets/last.csv")
    inputs = [
        sfn.describe_execution(executionArn=e["executionArn"])["input"]
        for e in sfn.list_executions(stateMachineArn=listener)["executions"]
    ]
    assert not [text for text in inputs if "runs/other.csv" in text]


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
                            {
                                "ServerSideEncryptionByDefault": {
                                    "SSEAlgorithm": "aws:kms"
                                },
                                "BucketKeyEnabled": True,
                            }
                        ]
                    },
                    "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
                    "NotificationConfiguration": {
                        "EventBridgeConfiguration": {"EventBridgeEnabled": True}
                    },
                    "LifecycleConfiguration": {
                        "Rules": [
                            {
                                "Id": "runs",
                                "Status": "Enabled",
                                "Prefix": "runs/",
                                "ExpirationInDays": 90,
                            }
                        ]
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
    cloudformation.create_stack(
        StackName="data-stack", TemplateBody=json.dumps(template)
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="data-stack", WaiterConfig={"Delay": 1}
    )
    outputs = cloudformation.describe_stacks(StackName="data-stack")["Stacks"][0][
        "Outputs"
    ]
    assert [(o["OutputKey"], o["OutputValue"]) for o in outputs] == [
        ("Bucket", "stack-bucket")
    ]
    assert s3.get_bucket_versioning(Bucket="stack-bucket")["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket="stack-bucket")[
        "ServerSideEncryptionConfiguration"
    ]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert rule["BucketKeyEnabled"] is True
    assert "SecureTransport" in s3.get_bucket_policy(Bucket="stack-bucket")["Policy"]
    cloudformation.delete_stack(StackName="data-stack")

    def gone() -> bool:
        names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
        return "stack-bucket" not in names

    eventually(gone)


def test_the_first_events_of_a_bucket_are_missing_where_the_switch_says_so(
    engine: Engine, listener: str
) -> None:
    s3, events = engine.client("s3"), engine.client("events")
    switch = engine.state / EVENTS_FILE
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": ["late"]}}}
    events.put_rule(Name="late", EventPattern=json.dumps(pattern))
    events.put_targets(
        Rule="late", Targets=[{"Id": "1", "Arn": listener, "RoleArn": ROLE}]
    )
    s3.create_bucket(Bucket="late")
    switch.write_text('{"seconds_without_events": 3600}')
    try:
        s3.put_bucket_notification_configuration(
            Bucket="late", NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        s3.put_object(Bucket="late", Key="first", Body=b"")
        switch.write_text('{"seconds_without_events": 0}')
        s3.put_object(Bucket="late", Key="second", Body=b"")
        assert event_of(engine, listener, "PutObject", "second")
        assert "first" not in keys_seen(engine, listener)
    finally:
        switch.unlink()


def test_sse_kms_without_a_key_takes_the_key_of_the_account(engine: Engine) -> None:
    """As the SageMaker SDK uploads source archives, and `aws s3 cp --sse aws:kms`."""
    s3 = engine.client("s3")
    s3.create_bucket(Bucket="encrypted")
    kms: Any = {"ServerSideEncryption": "aws:kms"}
    put = s3.put_object(Bucket="encrypted", Key="a", Body=b"x", **kms)
    key = f"arn:aws:kms:{REGION}:000000000000:key/"
    assert put["ServerSideEncryption"] == "aws:kms"
    assert put["SSEKMSKeyId"].startswith(key)
    with closing(s3.get_object(Bucket="encrypted", Key="a")["Body"]) as body:
        assert body.read() == b"x"
    head = s3.head_object(Bucket="encrypted", Key="a")
    assert head["SSEKMSKeyId"] == put["SSEKMSKeyId"]
    s3.upload_fileobj(BytesIO(b"y" * 2**24), "encrypted", "parts", ExtraArgs=kms)
    head = s3.head_object(Bucket="encrypted", Key="parts")
    assert (head["ContentLength"], head["SSEKMSKeyId"]) == (2**24, put["SSEKMSKeyId"])
    own = s3.put_object(Bucket="encrypted", Key="b", SSEKMSKeyId="alias/own", **kms)
    assert own["SSEKMSKeyId"] == "alias/own"
