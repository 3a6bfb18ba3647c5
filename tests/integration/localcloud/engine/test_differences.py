"""What the engine does otherwise than AWS: each of these is a row of `localcloud/differences.py`."""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.engine.running import Engine, eventually, task


def test_a_function_runs_in_the_engines_python(engine: Engine) -> None:
    engine.function(
        "versions",
        """
        import importlib.metadata, sys

        def handler(event, context):
            return [list(sys.version_info[:2]), importlib.metadata.version("ministack")]
        """,
        Runtime="python3.9",
    )
    answer, _ = engine.invoke("versions")
    assert answer == [
        list(sys.version_info[:2]),
        importlib.metadata.version("ministack"),
    ]


def test_a_definition_is_not_validated(engine: Engine) -> None:
    created = engine.machine("invalid", {"A": {"Type": "Pass", "Next": "Nowhere"}})
    assert created.endswith(":invalid")


def test_a_missing_heartbeat_is_ignored(engine: Engine) -> None:
    source = (
        "import time\ndef handler(event, context):\n    time.sleep(1.5)\n    return 1\n"
    )
    sleeper = engine.function("without-heartbeat", source)
    ended = engine.run(
        "heartbeat", {"A": task(sleeper, {}, HeartbeatSeconds=1, End=True)}
    )
    assert ended["status"] == "SUCCEEDED"


def test_embedded_metrics_stay_log_lines(engine: Engine) -> None:
    metric = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Embedded",
                    "Dimensions": [[]],
                    "Metrics": [{"Name": "count"}],
                }
            ],
        },
        "count": 1,
    }
    engine.function(
        "embedded",
        f"def handler(event, context):\n    print({json.dumps(json.dumps(metric))})\n",
    )
    engine.invoke("embedded")
    logs = engine.client("logs")
    eventually(
        lambda: logs.filter_log_events(
            logGroupName="/aws/lambda/embedded", filterPattern="CloudWatchMetrics"
        )["events"]
    )
    assert (
        engine.client("cloudwatch").list_metrics(Namespace="Embedded")["Metrics"] == []
    )


def test_there_is_no_xray(engine: Engine) -> None:
    now = datetime.now(UTC)
    with pytest.raises(ClientError):
        engine.client("xray").get_trace_summaries(StartTime=now, EndTime=now)


def test_lifecycle_rules_never_run(engine: Engine) -> None:
    s3 = engine.client("s3")
    s3.create_bucket(Bucket="due")
    rule = {
        "ID": "past",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Date": datetime(2020, 1, 1, tzinfo=UTC)},
    }
    s3.put_bucket_lifecycle_configuration(
        Bucket="due", LifecycleConfiguration={"Rules": [rule]}
    )
    s3.put_object(Bucket="due", Key="old", Body=b"1")
    kept = s3.get_bucket_lifecycle_configuration(Bucket="due")["Rules"]
    assert [rule["ID"] for rule in kept] == ["past"]
    assert s3.get_object(Bucket="due", Key="old")["Body"].read() == b"1"
