"""Prints the state machines as a CloudFormation template: cfn-lint holds them against the schema of the language."""

from __future__ import annotations

import json

from tests.unit.statemachine.interpreter import BATCH_DEFINITION, load, load_from


def as_template() -> dict[str, object]:
    machines = {"Workflow": load(), "BatchWorkflow": load_from(BATCH_DEFINITION)}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {name: _machine(item) for name, item in machines.items()},
    }


def _machine(definition: dict[str, object]) -> dict[str, object]:
    role = "arn:aws:iam::123456789012:role/workflow"
    properties = {"RoleArn": role, "Definition": definition}
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}


if __name__ == "__main__":
    print(json.dumps(as_template()))
