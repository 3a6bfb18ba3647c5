from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.localcloud.engine.running import Engine, eventually, zipped

RAISING = """
    class NotReady(Exception):
        pass

    def inner(event):
        raise NotReady(f"wait for {event['what']}")

    def handler(event, context):
        return inner(event)
"""


def test_exception_keeps_its_name_and_trace(engine: Engine) -> None:
    engine.function("raising", RAISING)
    error, kind = engine.invoke("raising", {"what": "rain"})
    assert kind == "Unhandled"
    assert error["errorType"] == "NotReady"
    assert error["errorMessage"] == "wait for rain"
    assert [
        frame.split(", in ")[1].split("\n")[0] for frame in error["stackTrace"]
    ] == [
        "handler",
        "inner",
    ]
    assert error["requestId"]


def test_worker_survives_an_exception(engine: Engine) -> None:
    engine.function(
        "surviving",
        """
        import os

        def handler(event, context):
            if event:
                raise ValueError(event)
            return os.getpid()
        """,
    )
    before, _ = engine.invoke("surviving", "")
    engine.invoke("surviving", "now")
    after, _ = engine.invoke("surviving", "")
    assert before == after


def test_exit_of_the_process_is_reported_and_recovered_from(engine: Engine) -> None:
    engine.function(
        "exiting",
        "import os\ndef handler(event, context):\n    return event or os._exit(3)\n",
    )
    error, _ = engine.invoke("exiting")
    assert error == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "Runtime exited with error: exit status 3",
    }
    assert engine.invoke("exiting", "back") == ("back", None)


@pytest.mark.parametrize(
    ("source", "handler", "error_type", "message"),
    [
        (
            "import nowhere",
            "app.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'app'",
        ),
        (
            "x = 1",
            "app.handler",
            "Runtime.HandlerNotFound",
            "Handler 'handler' missing on module 'app'",
        ),
        ("raise KeyError('SETTING')", "app.handler", "KeyError", "'SETTING'"),
        (
            "def handler(e, c): return {1, 2}",
            "app.handler",
            "Runtime.MarshalError",
            "Unable to marshal response",
        ),
    ],
)
def test_broken_functions_are_reported_as_on_aws(
    engine: Engine, source: str, handler: str, error_type: str, message: str
) -> None:
    name = f"broken-{error_type.replace('.', '-')}"
    engine.function(name, source, Handler=handler)
    error, kind = engine.invoke(name)
    assert (kind, error["errorType"]) == ("Unhandled", error_type)
    assert error["errorMessage"].startswith(message)


def test_timeout_is_reported(engine: Engine) -> None:
    engine.function(
        "slow",
        "import time\ndef handler(event, context):\n    time.sleep(event)\n",
        Timeout=1,
    )
    error, _ = engine.invoke("slow", 5)
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert engine.invoke("slow", 0) == (None, None)


def test_environment_is_the_functions_own(engine: Engine) -> None:
    arn = engine.function(
        "environment",
        "import os\ndef handler(event, context):\n    return dict(os.environ)\n",
        Environment={"Variables": {"MINE": "1", "HOME": "/nowhere"}},
        MemorySize=256,
    )
    seen, _ = engine.invoke("environment")
    assert "SECRET_OF_THE_MACHINE" not in seen
    assert not {
        name
        for name in seen
        if name.startswith(("PERSIST", "STATE_", "S3_", "GATEWAY", "DOCKER"))
    }
    assert (
        seen.items()
        >= {
            "MINE": "1",
            "HOME": "/nowhere",
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": engine.url,
            "AWS_REGION": "us-east-1",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "AWS_LAMBDA_FUNCTION_NAME": arn.rpartition(":")[2],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "_HANDLER": "app.handler",
            "POWERTOOLS_TRACE_DISABLED": "1",
        }.items()
    )
    assert seen["LAMBDA_TASK_ROOT"]


def test_context_says_what_aws_says(engine: Engine) -> None:
    arn = engine.function(
        "context",
        """
        def handler(event, context):
            names = ["function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb",
                     "log_group_name"]
            assert context.aws_request_id and context.identity.cognito_identity_id is None
            return [getattr(context, name) for name in names] + [context.get_remaining_time_in_millis()]
        """,
        Timeout=7,
    )
    *values, remaining = engine.invoke("context")[0]
    assert values == ["context", "$LATEST", arn, "128", "/aws/lambda/context"]
    assert 5_000 < remaining <= 7_000


def test_every_log_line_arrives_even_with_late_output(engine: Engine) -> None:
    engine.function(
        "chatty",
        """
        import logging, os, sys
        logging.getLogger().setLevel("INFO")

        def handler(event, context):
            print("first")
            logging.getLogger("app").info("second")
            os.write(1, b"third\\n")
            for number in range(500):
                print("line", number)
            sys.stderr.write("no newline")
        """,
    )
    engine.invoke("chatty")
    logs = engine.client("logs")
    lines = [
        e["message"]
        for e in logs.filter_log_events(logGroupName="/aws/lambda/chatty")["events"]
    ]
    text = "\n".join(lines)
    assert "first\n" in text
    assert "[INFO]" in text
    assert "third\n" in text
    assert "line 499" in lines
    assert "no newline" in lines
    assert "end of invocation" not in text


def test_a_warm_invocation_finds_the_worker_of_the_one_before(engine: Engine) -> None:
    engine.function(
        "warm",
        "import os\ndef handler(event, context):\n    return [event, os.getpid()]\n",
    )
    _, worker = engine.invoke("warm", -1)[0]
    for number in range(30):
        assert engine.invoke("warm", number) == ([number, worker], None)


def test_a_burst_shares_a_few_workers(engine: Engine) -> None:
    engine.function(
        "burst",
        "import os, time\ndef handler(event, context):\n    time.sleep(0.05)\n    return os.getpid()\n",
    )
    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda _: engine.invoke("burst"), range(40)))
    assert all(error is None for _, error in answers)
    assert len({pid for pid, _ in answers}) <= 12


def test_new_code_and_settings_are_used_at_once(engine: Engine) -> None:
    engine.function("changing", "def handler(event, context):\n    return 1\n")
    assert engine.invoke("changing")[0] == 1
    code = zipped(
        {
            "app.py": "import os\ndef handler(event, context):\n    return os.environ.get('X', 2)\n"
        }
    )
    engine.client("lambda").update_function_code(FunctionName="changing", ZipFile=code)
    assert engine.invoke("changing")[0] == 2
    settings = {"Variables": {"X": "3"}}
    engine.client("lambda").update_function_configuration(
        FunctionName="changing", Environment=settings
    )
    assert engine.invoke("changing")[0] == "3"


def test_function_reaches_the_local_cloud_without_settings(engine: Engine) -> None:
    engine.function(
        "calling",
        """
        import boto3

        def handler(event, context):
            return boto3.client("sts").get_caller_identity()["Account"]
        """,
        Timeout=30,
    )
    assert engine.invoke("calling") == ("000000000000", None)


def test_layers_are_importable(engine: Engine) -> None:
    layer = engine.client("lambda").publish_layer_version(
        LayerName="shared",
        Content={"ZipFile": zipped({"python/shared_thing.py": "VALUE = 42"})},
    )["LayerVersionArn"]
    engine.function(
        "layered",
        "import shared_thing\ndef handler(event, context):\n    return shared_thing.VALUE\n",
        Layers=[layer],
    )
    assert engine.invoke("layered") == (42, None)


def test_asynchronous_invocation_runs(engine: Engine) -> None:
    engine.function("later", "def handler(event, context):\n    print('ran', event)\n")
    response = engine.client("lambda").invoke(
        FunctionName="later", InvocationType="Event", Payload=b"1"
    )
    assert response["StatusCode"] == 202

    def logged() -> bool:
        groups = engine.client("logs").describe_log_groups(
            logGroupNamePrefix="/aws/lambda/later"
        )["logGroups"]
        if not groups:
            return False
        events = engine.client("logs").filter_log_events(
            logGroupName="/aws/lambda/later"
        )["events"]
        return any("ran 1" in event["message"] for event in events)

    eventually(logged)
