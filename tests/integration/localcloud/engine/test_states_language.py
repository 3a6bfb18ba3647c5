from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.integration.localcloud.engine.running import Engine, task


def test_optimized_lambda_integration_gives_payload_to_output_and_assign(
    engine: Engine, counting: str, tmp_path: Path
) -> None:
    states = {
        "Call": task(
            counting,
            {"counter": "{% $states.input.counter %}", "needs": 1},
            Assign={
                "tries": "{% $states.result.Payload.tries %}",
                "code": "{% $states.result.StatusCode %}",
            },
            Output={"payload": "{% $states.result.Payload %}"},
            Next="Show",
        ),
        "Show": {
            "Type": "Pass",
            "Output": {"in": "{% $states.input %}", "v": "{% [$tries, $code] %}"},
            "End": True,
        },
    }
    result = engine.run("payload", states, {"counter": str(tmp_path / "tries")})
    assert json.loads(result["output"]) == {
        "in": {"payload": {"tries": 1}},
        "v": [1, 200],
    }


def test_retry_on_a_custom_error_backs_off(
    engine: Engine, counting: str, tmp_path: Path
) -> None:
    retry = [
        {
            "ErrorEquals": ["Flaky"],
            "IntervalSeconds": 1,
            "BackoffRate": 5,
            "MaxDelaySeconds": 1,
            "MaxAttempts": 3,
        }
    ]
    payload = {"counter": str(tmp_path / "tries"), "needs": 3}
    states = {
        "Call": task(
            counting,
            payload,
            Retry=retry,
            Output="{% $states.result.Payload %}",
            End=True,
        )
    }
    began = time.monotonic()
    assert json.loads(engine.run("retrying", states)["output"]) == {"tries": 3}
    assert 2 <= time.monotonic() - began < 5, (
        "the second delay must be capped at one second, not be five"
    )


def test_catch_on_a_custom_error_sees_error_and_cause(
    engine: Engine, counting: str
) -> None:
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
        "Caught": {
            "Type": "Pass",
            "Output": {"error": "{% $error %}", "cause": "{% $states.input %}"},
            "End": True,
        },
    }
    caught = json.loads(engine.run("catching", states)["output"])
    assert caught["error"] == "NotReady"
    assert caught["cause"]["errorType"] == "NotReady"
    assert caught["cause"]["errorMessage"] == "not yet"
    assert caught["cause"]["stackTrace"]


def test_unknown_function_and_throttling_names(engine: Engine) -> None:
    result = engine.run("unknown", {"Call": task("no-such-function", {}, End=True)})
    assert result["error"] == "Lambda.ResourceNotFoundException"
    arn = engine.function("reserved", "def handler(e, c): pass")
    engine.client("lambda").put_function_concurrency(
        FunctionName="reserved", ReservedConcurrentExecutions=0
    )
    result = engine.run("throttled", {"Call": task(arn, {}, End=True)})
    assert result["error"] == "Lambda.TooManyRequestsException"


def test_context_and_input_are_there_for_expressions(engine: Engine) -> None:
    output = {
        "id": "{% $states.context.Execution.Id %}",
        "name": "{% $states.context.Execution.Name %}",
        "started": "{% $states.context.Execution.StartTime %}",
        "input": "{% $states.input.a[1] %}",
        "state": "{% $states.context.State.Name %}",
    }
    result = engine.run(
        "context",
        {"Show": {"Type": "Pass", "Output": output, "End": True}},
        {"a": [1, "ü b+c"]},
    )
    shown = json.loads(result["output"])
    assert shown["id"] == result["executionArn"]
    assert shown["name"] == result["name"]
    assert (shown["input"], shown["state"]) == ("ü b+c", "Show")
    assert shown["started"]


def test_assign_sees_the_variables_as_they_were(engine: Engine) -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"a": 1, "b": 10}, "Next": "Swap"},
        "Swap": {
            "Type": "Pass",
            "Assign": {"a": "{% $b %}", "b": "{% $a %}"},
            "Next": "Show",
        },
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


def test_choice_takes_the_first_true_rule_and_the_default_gives_its_output(
    engine: Engine,
) -> None:
    rules = [
        {
            "Condition": "{% $states.input.outcome = 'ready' %}",
            "Output": "rule",
            "Next": "End",
        },
        {
            "Condition": "{% $states.input.outcome in ['ready', 'late'] %}",
            "Next": "End",
        },
    ]
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": rules,
            "Default": "End",
            "Output": "default",
        },
        "End": {"Type": "Succeed"},
    }
    machine = engine.machine("choosing", states)
    inputs = [{"outcome": "ready"}, {"outcome": "late"}, {"outcome": "other"}, {}]
    taken = [json.loads(engine.execute(machine, one)["output"]) for one in inputs]
    assert taken == ["rule", {"outcome": "late"}, "default", "default"]


def test_choice_refuses_what_is_not_a_truth_value(engine: Engine) -> None:
    rules = [{"Condition": "{% $states.input.outcome %}", "Next": "End"}]
    states = {
        "Choose": {"Type": "Choice", "Choices": rules, "Default": "End"},
        "End": {"Type": "Succeed"},
    }
    result = engine.run("not-boolean", states, {"outcome": "ready"})
    assert result["error"] == "States.QueryEvaluationError"
    assert "Expected 'boolean', but was 'string'" in result["cause"]


def test_undefined_expression_fails(engine: Engine) -> None:
    result = engine.run(
        "undefined",
        {"Show": {"Type": "Pass", "Output": "{% $states.input.no %}", "End": True}},
    )
    assert result["error"] == "States.QueryEvaluationError"


def test_succeed_shapes_its_output(engine: Engine) -> None:
    result = engine.run(
        "succeeding", {"Done": {"Type": "Succeed", "Output": {"n": "{% 1 + 1 %}"}}}
    )
    assert json.loads(result["output"]) == {"n": 2}


def test_fail_takes_error_and_cause_from_expressions(engine: Engine) -> None:
    states = {
        "Fail": {
            "Type": "Fail",
            "Error": "{% 'Bad' & 'Data' %}",
            "Cause": "{% $states.input.why %}",
        }
    }
    result = engine.run("fail-state", states, {"why": "row 7"})
    assert (result["error"], result["cause"]) == ("BadData", "row 7")


def test_states_all_does_not_catch_an_oversized_result(engine: Engine) -> None:
    arn = engine.function(
        "large", "def handler(event, context):\n    return 'x' * 300_000\n"
    )
    states = {
        "Call": task(
            arn, {}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}], End=True
        ),
        "Caught": {"Type": "Succeed"},
    }
    result = engine.run("oversized", states)
    assert (result["status"], result["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_task_time_limit_is_caught_by_name(engine: Engine) -> None:
    arn = engine.function(
        "sleepy", "import time\ndef handler(event, context):\n    time.sleep(2)\n"
    )
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Caught"}]
    states = {
        "Call": task(arn, {}, TimeoutSeconds=1, Catch=catch, End=True),
        "Caught": {"Type": "Pass", "Output": "caught", "End": True},
    }
    assert engine.run("task-limit", states)["output"] == '"caught"'


def failing_branch(**catch: Any) -> dict[str, Any]:
    """A Parallel state whose only branch fails without a cause."""
    branch = {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail", "Error": "Bare"}}}
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "Caught", **catch}
    return {"Type": "Parallel", "Branches": [branch], "Catch": [catcher], "End": True}


def test_an_error_without_a_cause_has_none_in_its_output(engine: Engine) -> None:
    states = {
        "Try": failing_branch(
            Assign={"has_cause": "{% $exists($states.errorOutput.Cause) %}"},
            Output="{% $states.errorOutput.Error %}",
        ),
        "Caught": {
            "Type": "Pass",
            "Output": {"error": "{% $states.input %}", "cause": "{% $has_cause %}"},
            "End": True,
        },
    }
    assert json.loads(engine.run("bare-error", states)["output"]) == {
        "error": "Bare",
        "cause": False,
    }


def test_an_expression_that_yields_nothing_fails_the_execution(engine: Engine) -> None:
    catch = {
        "Assign": {
            "cause": "{% $substring($string($states.errorOutput.Cause), 0, 9) %}"
        }
    }
    states = {"Try": failing_branch(**catch), "Caught": {"Type": "Succeed"}}
    result = engine.run("undefined-in-catch", states)
    assert result["status"] == "FAILED"
    assert result["error"] == "States.QueryEvaluationError"
