from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.engine.running import Engine, eventually

INVOKE = "arn:aws:states:::lambda:invoke"
COUNTING = """
    import pathlib, tempfile

    class Flaky(Exception):
        pass

    class NotReady(Exception):
        pass

    def handler(event, context):
        if event.get("raise"):
            raise NotReady("not yet")
        counter = pathlib.Path(event["counter"])
        tries = int(counter.read_text()) + 1 if counter.exists() else 1
        counter.write_text(str(tries))
        if tries < event["needs"]:
            raise Flaky(f"try {tries}")
        return {"tries": tries}
"""


@pytest.fixture(scope="session")
def counting(engine: Engine) -> str:
    return engine.function("counting", COUNTING)


def task(function: str, payload: Any, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": function, "Payload": payload}, **more}


def test_optimized_lambda_integration_gives_payload_to_output_and_assign(
    engine: Engine, counting: str, tmp_path: Path
) -> None:
    states = {
        "Call": task(
            counting,
            {"counter": "{% $states.input.counter %}", "needs": 1},
            Assign={"tries": "{% $states.result.Payload.tries %}", "code": "{% $states.result.StatusCode %}"},
            Output={"payload": "{% $states.result.Payload %}"},
            Next="Show",
        ),
        "Show": {"Type": "Pass", "Output": {"in": "{% $states.input %}", "v": "{% [$tries, $code] %}"}, "End": True},
    }
    found = engine.run("payload", states, {"counter": str(tmp_path / "tries")})
    assert json.loads(found["output"]) == {"in": {"payload": {"tries": 1}}, "v": [1, 200]}


def test_retry_on_a_custom_error_backs_off(engine: Engine, counting: str, tmp_path: Path) -> None:
    retry = [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 1, "BackoffRate": 5, "MaxDelaySeconds": 1, "MaxAttempts": 3}]
    payload = {"counter": str(tmp_path / "tries"), "needs": 3}
    states = {"Call": task(counting, payload, Retry=retry, Output="{% $states.result.Payload %}", End=True)}
    began = time.monotonic()
    assert json.loads(engine.run("retrying", states)["output"]) == {"tries": 3}
    assert 2 <= time.monotonic() - began < 5, "the second delay must be capped at one second, not be five"


def test_catch_on_a_custom_error_sees_error_and_cause(engine: Engine, counting: str) -> None:
    catch = [
        {"ErrorEquals": ["Flaky"], "Next": "Wrong"},
        {
            "ErrorEquals": ["NotReady"],
            "Assign": {"error": "{% $states.errorOutput.Error %}"},
            "Output": "{% $parse($states.errorOutput.Cause) %}",
            "Next": "Caught",
        },
    ]
    states = {
        "Call": task(counting, {"raise": True}, Catch=catch, End=True),
        "Wrong": {"Type": "Fail"},
        "Caught": {"Type": "Pass", "Output": {"error": "{% $error %}", "cause": "{% $states.input %}"}, "End": True},
    }
    caught = json.loads(engine.run("catching", states)["output"])
    assert caught["error"] == "NotReady"
    assert caught["cause"]["errorType"] == "NotReady"
    assert caught["cause"]["errorMessage"] == "not yet"
    assert caught["cause"]["stackTrace"]


def test_failed_execution_says_error_and_cause_and_has_no_output(engine: Engine, counting: str) -> None:
    found = engine.run("failing", {"Call": task(counting, {"raise": True}, End=True)})
    assert (found["status"], found["error"]) == ("FAILED", "NotReady")
    assert json.loads(found["cause"])["errorMessage"] == "not yet"
    assert "output" not in found


def test_unknown_function_and_throttling_names(engine: Engine) -> None:
    found = engine.run("unknown", {"Call": task("no-such-function", {}, End=True)})
    assert found["error"] == "Lambda.ResourceNotFoundException"
    arn = engine.function("reserved", "def handler(e, c): pass")
    engine.client("lambda").put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=0)
    found = engine.run("throttled", {"Call": task(arn, {}, End=True)})
    assert found["error"] == "Lambda.TooManyRequestsException"


def test_context_and_input_are_there_for_expressions(engine: Engine) -> None:
    output = {
        "id": "{% $states.context.Execution.Id %}",
        "name": "{% $states.context.Execution.Name %}",
        "started": "{% $states.context.Execution.StartTime %}",
        "input": "{% $states.input.a[1] %}",
        "state": "{% $states.context.State.Name %}",
    }
    found = engine.run("context", {"Show": {"Type": "Pass", "Output": output, "End": True}}, {"a": [1, "ü b+c"]})
    shown = json.loads(found["output"])
    assert shown["id"] == found["executionArn"]
    assert shown["name"] == found["name"]
    assert (shown["input"], shown["state"]) == ("ü b+c", "Show")
    assert shown["started"]


def test_assign_sees_the_variables_as_they_were(engine: Engine) -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"a": 1, "b": 10}, "Next": "Swap"},
        "Swap": {"Type": "Pass", "Assign": {"a": "{% $b %}", "b": "{% $a %}"}, "Next": "Show"},
        "Show": {"Type": "Pass", "Output": "{% [$a, $b] %}", "End": True},
    }
    assert json.loads(engine.run("assigning", states)["output"]) == [10, 1]


def test_wait_takes_its_seconds_from_an_expression(engine: Engine) -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"age": 20}, "Next": "Wait"},
        "Wait": {
            "Type": "Wait",
            "Seconds": "{% $max([1, $floor($age * 0.05)]) %}",
            "Assign": {"age": "{% $age + 1 %}"},
            "Next": "Show",
        },
        "Show": {"Type": "Pass", "Output": "{% $age %}", "End": True},
    }
    began = time.monotonic()
    assert engine.run("waiting", states)["output"] == "21"
    assert 1 <= time.monotonic() - began < 3


def test_choice_takes_the_first_true_rule_and_the_default_gives_its_output(engine: Engine) -> None:
    rules = [
        {"Condition": "{% $states.input.outcome = 'ready' %}", "Output": "rule", "Next": "End"},
        {"Condition": "{% $states.input.outcome in ['ready', 'late'] %}", "Next": "End"},
    ]
    states = {
        "Choose": {"Type": "Choice", "Choices": rules, "Default": "End", "Output": "default"},
        "End": {"Type": "Succeed"},
    }
    machine = engine.machine("choosing", states)
    given = [{"outcome": "ready"}, {"outcome": "late"}, {"outcome": "other"}, {}]
    taken = [json.loads(engine.execute(machine, one)["output"]) for one in given]
    assert taken == ["rule", {"outcome": "late"}, "default", "default"]


def test_choice_refuses_what_is_not_a_truth_value(engine: Engine) -> None:
    rules = [{"Condition": "{% $states.input.outcome %}", "Next": "End"}]
    states = {"Choose": {"Type": "Choice", "Choices": rules, "Default": "End"}, "End": {"Type": "Succeed"}}
    found = engine.run("not-boolean", states, {"outcome": "ready"})
    assert found["error"] == "States.QueryEvaluationError"
    assert "Expected 'boolean', but was 'string'" in found["cause"]


def test_undefined_expression_fails(engine: Engine) -> None:
    found = engine.run("undefined", {"Show": {"Type": "Pass", "Output": "{% $states.input.no %}", "End": True}})
    assert found["error"] == "States.QueryEvaluationError"


def test_succeed_shapes_its_output(engine: Engine) -> None:
    found = engine.run("succeeding", {"Done": {"Type": "Succeed", "Output": {"n": "{% 1 + 1 %}"}}})
    assert json.loads(found["output"]) == {"n": 2}


def test_fail_takes_error_and_cause_from_expressions(engine: Engine) -> None:
    states = {"Fail": {"Type": "Fail", "Error": "{% 'Bad' & 'Data' %}", "Cause": "{% $states.input.why %}"}}
    found = engine.run("fail-state", states, {"why": "row 7"})
    assert (found["error"], found["cause"]) == ("BadData", "row 7")


def test_states_all_does_not_catch_an_oversized_result(engine: Engine) -> None:
    arn = engine.function("large", "def handler(event, context):\n    return 'x' * 300_000\n")
    states = {
        "Call": task(arn, {}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], End=True),
        "Caught": {"Type": "Succeed"},
    }
    found = engine.run("oversized", states)
    assert (found["status"], found["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_machine_time_limit_ends_the_execution(engine: Engine) -> None:
    found = engine.run("limited", {"Wait": {"Type": "Wait", "Seconds": 20, "End": True}}, TimeoutSeconds=1)
    assert (found["status"], found["error"]) == ("TIMED_OUT", "States.Timeout")


def test_task_time_limit_is_caught_by_name(engine: Engine) -> None:
    arn = engine.function("sleepy", "import time\ndef handler(event, context):\n    time.sleep(2)\n")
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    states = {
        "Call": task(arn, {}, TimeoutSeconds=1, Catch=catch, End=True),
        "Caught": {"Type": "Pass", "Output": "caught", "End": True},
    }
    assert engine.run("task-limit", states)["output"] == '"caught"'


def test_same_name_and_input_is_the_same_execution_while_it_runs(engine: Engine) -> None:
    sfn = engine.client("stepfunctions")
    machine = engine.machine("idempotent", {"Wait": {"Type": "Wait", "Seconds": 1, "End": True}})
    start = {"stateMachineArn": machine, "name": "one", "input": '{"a": 1}'}
    first, second = sfn.start_execution(**start), sfn.start_execution(**start)
    assert (first["executionArn"], first["startDate"]) == (second["executionArn"], second["startDate"])
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        sfn.start_execution(**start | {"input": '{"a": 2}'})
    engine.ended(first["executionArn"])
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        sfn.start_execution(**start)


def test_stopped_execution_stays_aborted(engine: Engine) -> None:
    sfn = engine.client("stepfunctions")
    arn = engine.function(
        "failing-late", "import time\ndef handler(e, c):\n    time.sleep(0.7)\n    raise OSError('x')\n"
    )
    machine = engine.machine("stopping", {"Call": task(arn, {}, End=True)})
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    time.sleep(0.3)
    sfn.stop_execution(executionArn=execution, error="User", cause="asked for")
    time.sleep(1)
    found = sfn.describe_execution(executionArn=execution)
    assert (found["status"], found["error"], found["cause"]) == ("ABORTED", "User", "asked for")


def test_history_names_every_state(engine: Engine, counting: str) -> None:
    states = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}
    found = engine.run("history", states)
    history = engine.client("stepfunctions").get_execution_history(executionArn=found["executionArn"])["events"]
    entered = [e["stateEnteredEventDetails"]["name"] for e in history if "stateEnteredEventDetails" in e]
    assert entered == ["A", "B"]
    assert history[-1]["type"] == "ExecutionSucceeded"


@pytest.mark.parametrize("status", ["FAILED", "ABORTED", "TIMED_OUT"])
def test_bad_ends_are_announced_on_eventbridge(engine: Engine, status: str) -> None:
    events, sfn = engine.client("events"), engine.client("stepfunctions")
    name = f"ends-{status.lower().replace('_', '-')}"
    listener = engine.machine(f"{name}-listener", {"Show": {"Type": "Pass", "End": True}})
    first = {"Type": "Fail", "Error": "E"} if status == "FAILED" else {"Type": "Wait", "Seconds": 5, "End": True}
    top = {"TimeoutSeconds": 1} if status == "TIMED_OUT" else {}
    machine = engine.machine(name, {"First": first}, **top)
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"stateMachineArn": [machine], "status": ["FAILED", "TIMED_OUT", "ABORTED"]},
    }
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": listener, "RoleArn": "arn:aws:iam::000000000000:role/r"}])
    execution = sfn.start_execution(stateMachineArn=machine, input='{"a": 1}')["executionArn"]
    if status == "ABORTED":
        time.sleep(0.3)
        sfn.stop_execution(executionArn=execution)
    heard = eventually(lambda: sfn.list_executions(stateMachineArn=listener)["executions"])
    detail = json.loads(sfn.describe_execution(executionArn=heard[0]["executionArn"])["input"])["detail"]
    assert (detail["executionArn"], detail["status"]) == (execution, status)
    assert detail["input"] == '{"a": 1}'
