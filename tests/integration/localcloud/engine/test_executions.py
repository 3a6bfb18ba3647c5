from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.engine.running import Engine, eventually, task


def test_failed_execution_says_error_and_cause_and_has_no_output(
    engine: Engine, counting: str
) -> None:
    result = engine.run("failing", {"Call": task(counting, {"raise": True}, End=True)})
    assert (result["status"], result["error"]) == ("FAILED", "NotReady")
    assert json.loads(result["cause"])["errorMessage"] == "not yet"
    assert "output" not in result


def test_machine_time_limit_ends_the_execution(engine: Engine) -> None:
    result = engine.run(
        "limited",
        {"Wait": {"Type": "Wait", "Seconds": 20, "End": True}},
        TimeoutSeconds=1,
    )
    assert (result["status"], result["error"]) == ("TIMED_OUT", "States.Timeout")


def test_same_name_and_input_is_the_same_execution_while_it_runs(
    engine: Engine,
) -> None:
    sfn = engine.client("stepfunctions")
    machine = engine.machine(
        "idempotent", {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}}
    )
    start = {"stateMachineArn": machine, "name": "one", "input": '{"a": 1}'}
    first, second = sfn.start_execution(**start), sfn.start_execution(**start)
    assert (first["executionArn"], first["startDate"]) == (
        second["executionArn"],
        second["startDate"],
    )
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        sfn.start_execution(**start | {"input": '{"a": 2}'})
    engine.ended(first["executionArn"])
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        sfn.start_execution(**start)


def test_stopped_execution_stays_aborted(engine: Engine) -> None:
    sfn = engine.client("stepfunctions")
    arn = engine.function(
        "failing-late",
        "import time\ndef handler(e, c):\n    time.sleep(0.7)\n    raise OSError('x')\n",
    )
    machine = engine.machine("stopping", {"Call": task(arn, {}, End=True)})
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    time.sleep(0.3)
    sfn.stop_execution(executionArn=execution, error="User", cause="asked for")
    time.sleep(1)
    result = sfn.describe_execution(executionArn=execution)
    assert (result["status"], result["error"], result["cause"]) == (
        "ABORTED",
        "User",
        "asked for",
    )


def test_history_names_every_state(engine: Engine, counting: str) -> None:
    states = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}
    result = engine.run("history", states)
    history = engine.client("stepfunctions").get_execution_history(
        executionArn=result["executionArn"]
    )["events"]
    entered = [
        e["stateEnteredEventDetails"]["name"]
        for e in history
        if "stateEnteredEventDetails" in e
    ]
    assert entered == ["A", "B"]
    assert history[-1]["type"] == "ExecutionSucceeded"


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED_OUT"])
def test_bad_ends_are_announced_on_eventbridge(engine: Engine, status: str) -> None:
    events, sfn = engine.client("events"), engine.client("stepfunctions")
    name = f"ends-{status.lower().replace('_', '-')}"
    listener = engine.machine(
        f"{name}-listener", {"Show": {"Type": "Pass", "End": True}}
    )
    first = (
        {"Type": "Fail", "Error": "E"}
        if status == "FAILED"
        else {"Type": "Wait", "Seconds": 5, "End": True}
    )
    top = {"TimeoutSeconds": 1} if status == "TIMED_OUT" else {}
    machine = engine.machine(name, {"First": first}, **top)
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": [machine],
            "status": ["FAILED", "TIMED_OUT", "ABORTED"],
        },
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(
        Rule=name,
        Targets=[
            {"Id": "1", "Arn": listener, "RoleArn": "arn:aws:iam::000000000000:role/r"}
        ],
    )
    execution = sfn.start_execution(stateMachineArn=machine, input='{"a": 1}')[
        "executionArn"
    ]
    if status == "ABORTED":
        time.sleep(0.3)
        sfn.stop_execution(executionArn=execution)
    started = eventually(
        lambda: sfn.list_executions(stateMachineArn=listener)["executions"]
    )
    detail = json.loads(
        sfn.describe_execution(executionArn=started[0]["executionArn"])["input"]
    )["detail"]
    assert (detail["executionArn"], detail["status"]) == (execution, status)
    assert detail["input"] == '{"a": 1}'
