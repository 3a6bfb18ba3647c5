from __future__ import annotations

from functions.adapters.workflow import Execution, Workflow
from tests.unit.functions.adapters.stubs import StubbedClient

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:flow"


EXECUTION = "arn:aws:states:eu-central-1:123456789012:execution:flow:e1"


def test_executions_are_found_by_arn_and_by_name() -> None:
    states = StubbedClient("stepfunctions")
    result = {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "startDate": 0,
        "status": "ABORTED",
    }
    states.answers("describe_execution", result, {"executionArn": EXECUTION})
    states.answers("describe_execution", result, {"executionArn": EXECUTION})
    states.refuses("describe_execution", "ExecutionDoesNotExist", "gone")
    workflow = Workflow(states.client, MACHINE)
    assert (
        workflow.status(EXECUTION),
        workflow.status("e1"),
        workflow.status("e2"),
    ) == (
        "ABORTED",
        "ABORTED",
        None,
    )


def test_an_execution_is_started_once() -> None:
    states = StubbedClient("stepfunctions")
    requests = {"stateMachineArn": MACHINE, "name": "sweep-1", "input": '{"a": 1}'}
    states.answers(
        "start_execution", {"executionArn": EXECUTION, "startDate": 0}, requests
    )
    states.refuses("start_execution", "ExecutionAlreadyExists", "there is one")
    workflow = Workflow(states.client, MACHINE)
    assert [
        workflow.start("sweep-1", {"a": 1}),
        workflow.start("sweep-1", {"a": 1}),
    ] == [
        True,
        False,
    ]


def test_an_execution_is_stopped_and_one_that_has_ended_stays_as_it_is() -> None:
    states = StubbedClient("stepfunctions")
    request = {
        "executionArn": EXECUTION,
        "error": "Stopped",
        "cause": "Somebody asked for it.",
    }
    states.answers("stop_execution", {"stopDate": 0}, request)
    states.refuses("stop_execution", "ValidationException", "it is not running")
    states.refuses("stop_execution", "ExecutionDoesNotExist", "gone")
    workflow = Workflow(states.client, MACHINE)
    for _ in range(3):
        workflow.stop("e1")


def test_an_execution_says_what_it_was_started_with_and_how_it_failed() -> None:
    states = StubbedClient("stepfunctions")
    result = {
        "executionArn": EXECUTION,
        "stateMachineArn": MACHINE,
        "startDate": 0,
        "status": "FAILED",
        "input": '{"a": 1}',
        "error": "States.ServiceRestart",
    }
    states.answers("describe_execution", result, {"executionArn": EXECUTION})
    execution = Workflow(states.client, MACHINE).find(EXECUTION)
    assert execution == Execution("FAILED", {"a": 1}, "States.ServiceRestart")
