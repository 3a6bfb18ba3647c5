"""The state machine's definition in the Amazon States Language, from `statemachine/workflow.yaml`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).parents[1] / "statemachine" / "workflow.yaml"
PAYLOAD = {"run": "{% $run %}"}
FIELDS = (
    "Type",
    "Comment",
    "Resource",
    "Arguments",
    "Assign",
    "Output",
    "Retry",
    "Catch",
    "Next",
)
"""The fields of a Task state, in the order in which they are written."""

State = dict[str, Any]


def definition() -> str:
    """The definition as JSON, each `Function` state written out in full."""
    source = yaml.safe_load(SOURCE.read_text("utf-8"))
    machine, states = source["StateMachine"], {}
    for name, state in machine["States"].items():
        states[name] = _expanded(state, source) if "Function" in state else state
    return json.dumps(machine | {"States": states}, indent=2, ensure_ascii=False) + "\n"


def _expanded(state: State, source: State) -> State:
    if "Observes" not in state:
        return expand(state, source["FunctionCall"], source["Failure"])
    return observe(state, source)


def observe(state: State, source: State) -> State:
    """The Task state of a function whose failures are no verdict on what it looks at."""
    observation, call = source["Observation"], source["FunctionCall"]
    patient, *others = call["Retry"]
    limits = {key: observation[key] for key in ("MaxAttempts", "MaxDelaySeconds")}
    return expand(
        state
        | {
            "Assign": observation["Assign"] | state.get("Assign", {}),
            "OnFailure": state["Observes"],
        },
        call | {"Retry": [patient | limits, *others]},
        source["Failure"],
    )


def expand(state: State, call: State, failure: State) -> State:
    """The Task state that a `Function` state stands for.

    `call` has the fields that all calls share; `failure` is what a failed step assigns besides its name.
    """
    step = {"step": state["Step"]} if "Step" in state else {}
    task = call | {
        "Comment": state["Comment"],
        "Arguments": {
            "FunctionName": f"${{{state['Function']}}}",
            "Payload": state.get("Payload", PAYLOAD),
        },
        "Assign": step | state.get("Assign", {}),
        "Catch": [_catch(state, step | failure if step else {})],
        "Next": state["Next"],
    }
    return {field: task[field] for field in FIELDS if task[field]}


def _catch(state: State, assign: State) -> State:
    assignment = {"Assign": assign} if assign else {}
    return {
        "ErrorEquals": ["States.ALL"],
        **assignment,
        "Next": state.get("OnFailure", "Explain"),
    }


def substitutions() -> list[str]:
    """The `${Names}` that the template fills in: functions, then its parameters, each in the order of their use."""
    names = dict.fromkeys(re.findall(r"\$\{(\w+)\}", definition()))
    return sorted(names, key=lambda name: not name.endswith("Function"))
