from __future__ import annotations

from typing import Any

from tools.statemachine import expand, expand_map

CALL: dict[str, Any] = {
    "Type": "Task",
    "Resource": "lambda",
    "Output": "{% 1 %}",
    "Retry": [{"MaxAttempts": 8}],
}
FAILURE = {"error": "{% 'E' %}"}


def test_a_call_with_a_step_explains_its_failure() -> None:
    state = {
        "Function": "JudgeFunction",
        "Comment": "Judges.",
        "Step": "judge",
        "Next": "Judged",
    }
    assert expand(state, CALL, FAILURE) == {
        "Type": "Task",
        "Comment": "Judges.",
        "Resource": "lambda",
        "Arguments": {
            "FunctionName": "${JudgeFunction}",
            "Payload": {"run": "{% $run %}", "execution": "{% $execution %}"},
        },
        "Assign": {"step": "judge"},
        "Output": "{% 1 %}",
        "Retry": [{"MaxAttempts": 8}],
        "Catch": [
            {
                "ErrorEquals": ["States.ALL"],
                "Assign": {"step": "judge", "error": "{% 'E' %}"},
                "Next": "Explain",
            }
        ],
        "Next": "Judged",
    }


def test_a_call_without_a_step_goes_on_where_it_says() -> None:
    state = {
        "Function": "NotifyFunction",
        "Comment": "Notifies.",
        "OnFailure": "Ended",
        "Next": "Ended",
    }
    task = expand(state, CALL, FAILURE)
    assert task["Catch"] == [{"ErrorEquals": ["States.ALL"], "Next": "Ended"}]
    assert "Assign" not in task


def test_a_call_has_the_payload_and_the_variables_of_its_own() -> None:
    state = {
        "Function": "F",
        "Comment": "C",
        "Step": "s",
        "Payload": {"key": "k"},
        "Assign": {"age": 1},
        "Next": "N",
    }
    task = expand(state, CALL, FAILURE)
    assert task["Arguments"]["Payload"] == {"key": "k"}
    assert task["Assign"] == {"step": "s", "age": 1}


def test_the_states_of_a_map_are_written_out_and_its_failure_is_explained() -> None:
    inner = {"Function": "F", "Comment": "C", "Payload": "{% 2 %}", "End": True}
    state = {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "A", "States": {"A": inner}},
        "Step": "inspect",
        "Next": "N",
    }
    assert expand_map(state, {"FunctionCall": CALL, "Failure": FAILURE}) == {
        "Type": "Map",
        "ItemProcessor": {
            "StartAt": "A",
            "States": {
                "A": {
                    "Type": "Task",
                    "Comment": "C",
                    "Resource": "lambda",
                    "Arguments": {"FunctionName": "${F}", "Payload": "{% 2 %}"},
                    "Output": "{% 1 %}",
                    "Retry": [{"MaxAttempts": 8}],
                    "End": True,
                }
            },
        },
        "Next": "N",
        "Assign": {"step": "inspect"},
        "Catch": [
            {
                "ErrorEquals": ["States.ALL"],
                "Assign": {"step": "inspect", "error": "{% 'E' %}"},
                "Next": "Explain",
            }
        ],
    }
