from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.localcloud.engine.running import REGION, ROLE, Engine, eventually

KEY = "datasets/Film + Käse 100%/train & test.csv"


@pytest.fixture(scope="session")
def listener(engine: Engine) -> str:
    """A machine that ends with the event it was started by; every object of bucket `events` starts it."""
    machine = engine.machine("object-listener", {"Show": {"Type": "Pass", "End": True}})
    s3, events = engine.client("s3"), engine.client("events")
    s3.create_bucket(Bucket="events")
    s3.put_bucket_versioning(Bucket="events", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(
        Bucket="events", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["events"]}, "object": {"key": [{"prefix": "datasets/"}]}},
    }
    events.put_rule(Name="objects", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="objects", Targets=[{"Id": "1", "Arn": machine, "RoleArn": ROLE}])
    return machine


def heard(engine: Engine, machine: str, reason: str, key: str) -> dict[str, Any]:
    sfn = engine.client("stepfunctions")

    def find() -> dict[str, Any] | None:
        for execution in sfn.list_executions(stateMachineArn=machine)["executions"]:
            given = json.loads(sfn.describe_execution(executionArn=execution["executionArn"])["input"])
            if (given["detail"]["reason"], given["detail"]["object"]["key"]) == (reason, key):
                return dict(given)
        return None

    found = eventually(find)
    assert found is not None
    return found


def test_put_object_starts_an_execution_with_the_plain_key_and_the_version(engine: Engine, listener: str) -> None:
    put = engine.client("s3").put_object(Bucket="events", Key=KEY, Body=b"abc")
    event = heard(engine, listener, "PutObject", KEY)
    assert event["detail-type"] == "Object Created"
    assert event["region"] == REGION
    assert event["detail"]["bucket"] == {"name": "events"}
    assert event["detail"]["object"].items() >= {"key": KEY, "size": 3, "version-id": put["VersionId"]}.items()
    assert event["detail"]["object"]["etag"] == put["ETag"].strip('"')
    assert event["detail"]["object"]["sequencer"]


def test_completed_upload_in_parts_starts_an_execution(engine: Engine, listener: str) -> None:
    s3, key = engine.client("s3"), "datasets/ü/parts.csv"
    upload = s3.create_multipart_upload(Bucket="events", Key=key)["UploadId"]
    part = s3.upload_part(Bucket="events", Key=key, UploadId=upload, PartNumber=1, Body=b"a" * 10)
    done = s3.complete_multipart_upload(
        Bucket="events",
        Key=key,
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]},
    )
    event = heard(engine, listener, "CompleteMultipartUpload", key)
    assert event["detail"]["object"].items() >= {"size": 10, "version-id": done["VersionId"]}.items()


def test_copied_object_starts_an_execution(engine: Engine, listener: str) -> None:
    s3, key = engine.client("s3"), "datasets/copy of ü.csv"
    s3.put_object(Bucket="events", Key="elsewhere/a b.csv", Body=b"abcd")
    copied = s3.copy_object(Bucket="events", Key=key, CopySource={"Bucket": "events", "Key": "elsewhere/a b.csv"})
    event = heard(engine, listener, "CopyObject", key)
    assert event["detail"]["object"].items() >= {"size": 4, "version-id": copied["VersionId"]}.items()


def test_other_prefixes_start_nothing(engine: Engine, listener: str) -> None:
    s3, sfn = engine.client("s3"), engine.client("stepfunctions")
    s3.put_object(Bucket="events", Key="runs/other.csv", Body=b"")
    s3.put_object(Bucket="events", Key="datasets/last.csv", Body=b"")
    heard(engine, listener, "PutObject", "datasets/last.csv")
    inputs = [
        sfn.describe_execution(executionArn=e["executionArn"])["input"]
        for e in sfn.list_executions(stateMachineArn=listener)["executions"]
    ]
    assert not [text for text in inputs if "runs/other.csv" in text]


def test_own_events_reach_their_rule(engine: Engine) -> None:
    events, sfn = engine.client("events"), engine.client("stepfunctions")
    machine = engine.machine("own-listener", {"Show": {"Type": "Pass", "End": True}})
    events.put_rule(Name="own", EventPattern=json.dumps({"source": ["traindrop"], "detail": {"status": ["live"]}}))
    events.put_targets(Rule="own", Targets=[{"Id": "1", "Arn": machine, "RoleArn": ROLE}])
    for status in ("failed", "live"):
        detail = json.dumps({"status": status, "run": "r"})
        entry = {"Source": "traindrop", "DetailType": "Run ended", "Detail": detail}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    started = eventually(lambda: sfn.list_executions(stateMachineArn=machine)["executions"])
    given = json.loads(sfn.describe_execution(executionArn=started[0]["executionArn"])["input"])
    assert (len(started), given["detail"], given["detail-type"]) == (1, {"status": "live", "run": "r"}, "Run ended")


def test_a_rule_can_call_a_function(engine: Engine) -> None:
    events = engine.client("events")
    arn = engine.function("ruled", "def handler(event, context):\n    print('heard', event['detail']['n'])\n")
    events.put_rule(Name="to-function", EventPattern=json.dumps({"source": ["functions"]}))
    events.put_targets(Rule="to-function", Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(Entries=[{"Source": "functions", "DetailType": "x", "Detail": '{"n": 7}'}])
    logs = engine.client("logs")

    def ran() -> bool:
        if not logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/ruled")["logGroups"]:
            return False
        events = logs.filter_log_events(logGroupName="/aws/lambda/ruled")["events"]
        return any("heard 7" in event["message"] for event in events)

    eventually(ran)


def test_scheduled_rule_is_accepted(engine: Engine) -> None:
    events = engine.client("events")
    events.put_rule(Name="every-five", ScheduleExpression="rate(5 minutes)")
    assert events.describe_rule(Name="every-five")["ScheduleExpression"] == "rate(5 minutes)"
