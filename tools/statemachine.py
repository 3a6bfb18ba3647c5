"""The state machine's definition in the Amazon States Language, from `statemachine/workflow.yaml`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

SOURCE = Path(__file__).parents[1] / "statemachine" / "workflow.yaml"
PAYLOAD = {"run": "{% $run %}", "execution": "{% $execution %}"}
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
    "End",
)
"""The fields of a Task state, in the order in which they are written."""

State = dict[str, Any]


def definition() -> str:
    """The definition as JSON, each `Function` state written out in full."""
    source = yaml.safe_load(SOURCE.read_text("utf-8"))
    machine = source["StateMachine"]
    states = _expanded(machine["States"], source)
    return json.dumps(machine | {"States": states}, indent=2, ensure_ascii=False) + "\n"


def _expanded(states: dict[str, State], source: State) -> dict[str, State]:
    """`source` has what all states of a kind share."""
    result = {}
    for name, state in states.items():
        if "Observes" in state:
            result[name] = observe(state, source)
        elif "Function" in state:
            result[name] = expand(state, source["FunctionCall"], source["Failure"])
        elif state["Type"] == "Map":
            result[name] = expand_map(state, source)
        else:
            result[name] = state
    return result


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

    `call` has the fields that all calls share; `failure` is what a failed step assigns besides its name. In a Map, a
    failure is not caught: the state has an `End`.
    """
    step = {"step": state["Step"]} if "Step" in state else {}
    ending = {"Next": state["Next"]} if "Next" in state else {"End": state["End"]}
    task = call | {
        "Comment": state["Comment"],
        "Arguments": {
            "FunctionName": f"${{{state['Function']}}}",
            "Payload": state.get("Payload", PAYLOAD),
        },
        "Assign": step | state.get("Assign", {}),
        "Catch": [_catch(state, step | failure if step else {})]
        if "Next" in state
        else [],
        **ending,
    }
    return {field: task[field] for field in FIELDS if task.get(field)}


def expand_map(state: State, source: State) -> State:
    """The Map state that one with a `Step` stands for; the states of each item are written out as all others."""
    step = {"step": state["Step"]}
    processor = state["ItemProcessor"]
    states = _expanded(processor["States"], source)
    expanded = {key: value for key, value in state.items() if key != "Step"}
    return expanded | {
        "ItemProcessor": processor | {"States": states},
        "Assign": step,
        "Catch": [_catch(state, step | source["Failure"])],
    }


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
