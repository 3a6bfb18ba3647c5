"""Prints the workflow as a CloudFormation template, so that cfn-lint can hold it against the schema of the language."""

from __future__ import annotations

import json

from tests.unit.statemachine.interpreter import load


def as_template() -> dict[str, object]:
    properties = {
        "RoleArn": "arn:aws:iam::123456789012:role/workflow",
        "Definition": load(),
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {"Workflow": machine},
    }


if __name__ == "__main__":
    print(json.dumps(as_template()))
