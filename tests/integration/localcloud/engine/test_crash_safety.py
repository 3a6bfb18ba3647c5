from __future__ import annotations

import json
import signal
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.integration.localcloud.engine.running import ROLE, Engine, eventually, zipped
from tests.integration.localcloud.engine.test_data import create_table, item

TEMPLATE = {
    "Resources": {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "kept"}},
        "Key": {
            "Type": "AWS::ApiGateway::ApiKey",
            "Properties": {"Enabled": True, "Name": "kept"},
        },
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "kept"}},
    },
    "Outputs": {"Api": {"Value": {"Ref": "Api"}}},
}


def fill(engine: Engine) -> dict[str, Any]:
    """Something of everything; what must be found again is returned."""
    s3, events, sfn = (
        engine.client("s3"),
        engine.client("events"),
        engine.client("stepfunctions"),
    )
    cloudformation = engine.client("cloudformation")
    cloudformation.create_stack(StackName="kept", TemplateBody=json.dumps(TEMPLATE))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="kept", WaiterConfig={"Delay": 1}
    )
    archive = zipped({"python/kept_layer.py": "WORD = 'kept'"})
    layer = engine.client("lambda").publish_layer_version(
        LayerName="kept", Content={"ZipFile": archive}
    )
    source = "import kept_layer\ndef handler(event, context):\n    return [kept_layer.WORD, event]\n"
    engine.function("kept", source, Layers=[layer["LayerVersionArn"]])
    machine = engine.machine(
        "kept", {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
    )
    listener = engine.machine("listener", {"Show": {"Type": "Pass", "End": True}})
    pattern = {
        "source": ["aws.states"],
        "detail": {"status": ["FAILED"], "stateMachineArn": [machine]},
    }
    events.put_rule(Name="kept", EventPattern=json.dumps(pattern))
    events.put_targets(
        Rule="kept", Targets=[{"Id": "1", "Arn": listener, "RoleArn": ROLE}]
    )
    execution = sfn.start_execution(
        stateMachineArn=machine, name="interrupted", input='{"a": 1}'
    )["executionArn"]
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_versioning(
        Bucket="kept", VersioningConfiguration={"Status": "Enabled"}
    )
    put = {
        "Bucket": "kept",
        "Key": "a/ü + b.csv",
        "ContentType": "text/csv",
        "Metadata": {"run": "r"},
    }
    versions = [
        s3.put_object(Body=body, **put)["VersionId"] for body in (b"one", b"two")
    ]
    create_table(engine, "kept")
    return {
        "machine": machine,
        "listener": listener,
        "execution": execution,
        "versions": versions,
    }


def expect(engine: Engine, kept: dict[str, Any]) -> None:
    s3, sfn = engine.client("s3"), engine.client("stepfunctions")
    current = s3.get_object(Bucket="kept", Key="a/ü + b.csv")
    assert (current["Body"].read(), current["ContentType"], current["Metadata"]) == (
        b"two",
        "text/csv",
        {"run": "r"},
    )
    first = s3.get_object(
        Bucket="kept", Key="a/ü + b.csv", VersionId=kept["versions"][0]
    )
    assert first["Body"].read() == b"one"
    assert s3.get_bucket_versioning(Bucket="kept")["Status"] == "Enabled"
    stack = engine.client("cloudformation").describe_stacks(StackName="kept")["Stacks"][
        0
    ]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    gateway = engine.client("apigateway")
    assert (
        gateway.get_rest_api(restApiId=stack["Outputs"][0]["OutputValue"])["name"]
        == "kept"
    )
    assert [
        key["name"] for key in gateway.get_api_keys(includeValues=True)["items"]
    ] == ["kept"]
    assert engine.client("events").describe_rule(Name="kept")["State"] == "ENABLED"
    assert engine.invoke("kept", 1) == (["kept", 1], None)
    assert (
        sfn.describe_state_machine(stateMachineArn=kept["machine"])["status"]
        == "ACTIVE"
    )


def test_everything_survives_kill_9_and_the_interrupted_execution_says_so(
    own_engine: Engine,
) -> None:
    kept = fill(own_engine)
    dynamodb = own_engine.client("dynamodb")
    time.sleep(1.5)
    for number in range(20):
        dynamodb.put_item(TableName="kept", Item=item(pk=str(number), sk="x"))
    own_engine.restart(signal.SIGKILL)
    expect(own_engine, kept)
    assert dynamodb.scan(TableName="kept")["Count"] == 20, (
        "an acknowledged write must be there"
    )
    sfn = own_engine.client("stepfunctions")
    ended = sfn.describe_execution(executionArn=kept["execution"])
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ServiceRestart")
    started = eventually(
        lambda: sfn.list_executions(stateMachineArn=kept["listener"])["executions"]
    )
    event = json.loads(
        sfn.describe_execution(executionArn=started[0]["executionArn"])["input"]
    )
    assert event["detail"]["executionArn"] == kept["execution"]
    own_engine.restart(signal.SIGTERM)
    expect(own_engine, kept)
    assert (
        len(sfn.list_executions(stateMachineArn=kept["listener"])["executions"]) == 1
    ), "announced once"


def test_no_acknowledged_write_is_lost_in_a_crash(own_engine: Engine) -> None:
    """Four clients write until the engine is killed under them; all they were told is done is found."""
    own_engine.client("s3").create_bucket(Bucket="busy")
    create_table(own_engine, "busy")
    s3, dynamodb = own_engine.client("s3"), own_engine.client("dynamodb")
    acknowledged: list[tuple[str, str]] = []

    def write(writer: int) -> None:
        for number in range(10_000):
            name = f"{writer}/{number}"
            try:
                s3.put_object(Bucket="busy", Key=name, Body=name.encode())
                acknowledged.append(("s3", name))
                dynamodb.put_item(TableName="busy", Item=item(pk=name, sk="x"))
                acknowledged.append(("dynamodb", name))
            except (BotoCoreError, ClientError):
                return

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    eventually(lambda: len(acknowledged) > 200)
    own_engine.end(signal.SIGKILL)
    for writer in writers:
        writer.join()
    own_engine.start()
    dynamodb.put_item(TableName="busy", Item=item(pk="between", sk="x"))
    acknowledged.append(("dynamodb", "between"))
    own_engine.restart(signal.SIGKILL)
    items = {i["pk"]["S"] for i in dynamodb.scan(TableName="busy")["Items"]}
    objects = {
        o["Key"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket="busy")
        for o in page.get("Contents", [])
    }
    assert {name for kind, name in acknowledged if kind == "dynamodb"} <= items
    assert {name for kind, name in acknowledged if kind == "s3"} <= objects
    assert all(
        s3.get_object(Bucket="busy", Key=name)["Body"].read() == name.encode()
        for name in sorted(objects)[:20]
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_the_engine(
    own_engine: Engine, number: signal.Signals
) -> None:
    source = "import os, time\ndef handler(event, context):\n    print(os.getpid())\n    time.sleep(event)\n"
    own_engine.function("idle", source)
    own_engine.function("busy", source, Timeout=60)
    own_engine.invoke("idle", 0)
    own_engine.client("lambda").invoke(
        FunctionName="busy", InvocationType="Event", Payload=b"30"
    )
    assert own_engine.process is not None
    engine = psutil.Process(own_engine.process.pid)
    eventually(lambda: len(engine.children()) == 2)
    time.sleep(0.3)
    workers = engine.children(recursive=True)
    began = time.monotonic()
    own_engine.end(number)
    assert time.monotonic() - began < 3
    assert not psutil.wait_procs(workers, timeout=3)[1]


def test_second_engine_on_one_state_directory_is_refused(
    own_engine: Engine, tmp_path: Path
) -> None:
    second = Engine(own_engine.state)
    with pytest.raises(AssertionError, match="found another engine at work in it"):
        second.start()
    assert (own_engine.state / "metadata").is_dir()
