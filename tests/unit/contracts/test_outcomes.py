"""The state machine knows the outcomes of the functions, all of them and no others."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

import pytest

from contracts.outcomes import (
    STATE_OUTCOMES,
    CheckEndpointOutcome,
    CheckTrainingOutcome,
    CreateModelOutcome,
    DecideOutcome,
    DeployOutcome,
    DeployStage,
    Ending,
    InspectOutcome,
    JudgeOutcome,
    StartTrainingOutcome,
    VerifyOutcome,
    WorkflowStep,
)
from tests.unit.statemachine.interpreter import Execution, every_state, load

STATES: dict[str, Any] = every_state(load()["States"])
TASKS = [name for name, state in STATES.items() if state["Type"] == "Task"]
FOLLOWED = [name for name in TASKS if "Next" in STATES[name]]
"""The states of an item of a Map end it."""
NEXT: dict[str, dict[StrEnum, str]] = {
    "Inspect": {
        InspectOutcome.READY: "Start training",
        InspectOutcome.DEPLOYABLE: "Create model",
        InspectOutcome.ARRIVING: "Wait for the drop",
        InspectOutcome.BUSY: "Nothing to do",
        InspectOutcome.DUPLICATE: "Nothing to do",
        InspectOutcome.IGNORED: "Nothing to do",
        InspectOutcome.REJECTED: "Rejected",
        InspectOutcome.SHARDED: "Check shards",
    },
    "Decide": {
        DecideOutcome.DECIDED: "Write shards",
        DecideOutcome.REJECTED: "Rejected",
    },
    "Start training": {
        StartTrainingOutcome.STARTED: "Begin to poll",
        StartTrainingOutcome.NO_CAPACITY: "Wait for capacity",
        StartTrainingOutcome.REFUSED: "Explain",
    },
    "Check training": {
        CheckTrainingOutcome.RUNNING: "Wait for training",
        CheckTrainingOutcome.COMPLETED: "Judge",
        CheckTrainingOutcome.FAILED: "Explain",
        CheckTrainingOutcome.STOPPED: "Explain",
        CheckTrainingOutcome.NO_CAPACITY: "Start training anew",
        CheckTrainingOutcome.UNKNOWN: "Training not seen",
    },
    "Judge": {JudgeOutcome.PROMOTE: "Create model", JudgeOutcome.KEEP: "Kept champion"},
    "Create model": {
        CreateModelOutcome.CREATED: "Deploy",
        CreateModelOutcome.HELD: "Kept champion",
    },
    "Deploy": {
        DeployOutcome.DEPLOYING: "Begin to watch the endpoint",
        DeployOutcome.IN_PLACE: "Promote",
        DeployOutcome.BUSY: "Wait for a free endpoint",
    },
    "Check endpoint": {
        CheckEndpointOutcome.DEPLOYING: "Wait for the endpoint",
        CheckEndpointOutcome.LIVE: "Verify",
        CheckEndpointOutcome.ROLLED_BACK: "Explain",
        CheckEndpointOutcome.FAILED: "Explain",
        CheckEndpointOutcome.UNKNOWN: "Endpoint not seen",
    },
    "Verify": {
        VerifyOutcome.VERIFIED: "Switch",
        VerifyOutcome.WRONG: "Explain",
        VerifyOutcome.UNKNOWN: "Not verified yet",
    },
}
"""State -> outcome -> the state after it, at the beginning of a wait."""


def literals(variable: str, state: dict[str, Any]) -> set[str]:
    """The texts that the conditions of a Choice compare a variable with."""
    conditions = " ".join(rule["Condition"] for rule in state.get("Choices", []))
    return set(re.findall(rf"{re.escape(variable)} = '([^']*)'", conditions))


def assigned(variable: str) -> set[str]:
    """The texts that states and their catches assign to a variable."""
    rules = [
        rule for state in STATES.values() for rule in (state, *state.get("Catch", []))
    ]
    return {
        rule["Assign"][variable] for rule in rules if variable in rule.get("Assign", {})
    }


def test_every_function_of_the_state_machine_has_its_outcomes() -> None:
    assert STATE_OUTCOMES.keys() == set(TASKS)


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_choice_compares_with_outcomes_of_the_state_before_it(name: str) -> None:
    compared = literals("$states.input.outcome", STATES[STATES[name]["Next"]])
    assert compared <= {outcome.value for outcome in STATE_OUTCOMES[name]}


@pytest.mark.parametrize("name", FOLLOWED)
def test_every_outcome_leads_where_it_should(name: str) -> None:
    following = STATES[STATES[name]["Next"]]
    if name not in NEXT:
        assert len(STATE_OUTCOMES[name]) == 1
        assert not literals("$states.input.outcome", following)
        return
    assert NEXT[name].keys() == set(STATE_OUTCOMES[name])
    variables = {"queued": 0, "age": 0, "unseen": 0, "stage": "candidate"}
    execution = Execution(load(), lambda *_: {}, {}, variables=variables)
    for outcome, expected in NEXT[name].items():
        assert execution._choice(following, {"outcome": outcome.value})[0] == expected


def test_the_state_of_a_mapped_item_has_one_outcome() -> None:
    items = [name for name in TASKS if "Next" not in STATES[name]]
    assert items == ["Check shard", "Write shard"]
    assert {len(STATE_OUTCOMES[name]) for name in items} == {1}


def test_steps_and_endings_are_those_of_the_state_machine() -> None:
    assert assigned("step") == set(WorkflowStep) - {WorkflowStep.WORKFLOW}
    assert assigned("ending") == set(Ending)
    assert literals("$ending", STATES["Ended"]) <= set(Ending)


def test_stages_are_those_of_the_state_machine() -> None:
    assert assigned("stage") == set(DeployStage)
    assert literals("$stage", STATES["Verified"]) <= set(DeployStage)
