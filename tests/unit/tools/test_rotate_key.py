from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.unit.stack.template import load
from tools.rotate_key import CAPABILITIES, KEYS, NoSuchKeyError, plan_rotation, update


@pytest.mark.parametrize("key", KEYS)
def test_one_version_is_raised_and_all_else_stays(key: str) -> None:
    parameters = load()["Parameters"]
    defaults = {
        name: str(piece.get("Default", "")) for name, piece in parameters.items()
    }
    rotation = plan_rotation(defaults, key)
    assert rotation.parameters()[-1] == {
        "ParameterKey": f"{key.capitalize()}KeyVersion",
        "ParameterValue": "2",
    }
    assert {rotation.parameter, *rotation.others} == set(parameters)
    for kept in rotation.parameters()[:-1]:
        assert kept["UsePreviousValue"] is True


def test_every_version_is_in_the_name_of_its_key() -> None:
    """A key's value cannot be changed: another name is what makes another key."""
    resources = load()["Resources"]
    for key in KEYS:
        title = key.capitalize()
        name = str(resources[f"{title}Key"]["Properties"]["Name"])
        assert f"-{key}-${{{title}KeyVersion}}" in name


def test_a_stack_without_the_key_is_refused() -> None:
    with pytest.raises(
        NoSuchKeyError, match="the parameter ReadKeyVersion; found none"
    ):
        plan_rotation({"BaseModel": "a/b"}, "read")


def test_the_stacks_own_template_is_used_and_the_end_waited_for() -> None:
    client = boto3.client(
        "cloudformation",
        region_name="eu-central-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    rotation = plan_rotation({"ReadKeyVersion": "4", "BaseModel": "a/b"}, "read")
    expected: dict[str, Any] = {
        "StackName": "td",
        "UsePreviousTemplate": True,
        "Parameters": [
            {"ParameterKey": "BaseModel", "UsePreviousValue": True},
            {"ParameterKey": "ReadKeyVersion", "ParameterValue": "5"},
        ],
        "Capabilities": CAPABILITIES,
    }
    complete = {
        "StackName": "td",
        "StackStatus": "UPDATE_COMPLETE",
        "CreationTime": "2026-01-01T00:00:00Z",
    }
    with Stubber(client) as stub:
        stub.add_response("update_stack", {}, expected)
        stub.add_response("describe_stacks", {"Stacks": [complete]})
        update(client, "td", rotation)
        stub.assert_no_pending_responses()
