from __future__ import annotations

import json

import pytest

from tests.unit.cli.conftest import Run
from tests.unit.cli.targets import MemoryTarget, memory_target


class MemoryStack:
    """CloudFormation and API Gateway of one stack, whose update makes new keys."""

    def __init__(self) -> None:
        self.parameters = {"ReadKeyVersion": "1", "BaseModel": "a/b"}

    def describe_stacks(self, StackName: str) -> object:  # noqa: N803
        parameters = [
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in self.parameters.items()
        ]
        version = self.parameters["ReadKeyVersion"]
        output = {"OutputKey": "ReadKeyId", "OutputValue": f"id-{version}"}
        return {"Stacks": [{"Parameters": parameters, "Outputs": [output]}]}

    def update_stack(self, **request: object) -> None:
        self.parameters["ReadKeyVersion"] = "2"

    def get_waiter(self, name: str) -> MemoryStack:
        return self

    def wait(self, StackName: str) -> None:  # noqa: N803
        pass

    def get_api_key(self, apiKey: str, includeValue: bool) -> object:  # noqa: N803
        assert includeValue
        return {"value": f"value of {apiKey}"}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> MemoryTarget:
    memory = MemoryStack()
    target = memory_target(cloudformation=memory, apigateway=memory)
    outputs = {"PredictKeyId": "p", "ReadKeyId": "id-1", "ManageKeyId": "m"}
    object.__setattr__(target, "outputs", outputs)
    object.__setattr__(target, "stack", "td")
    monkeypatch.setattr("cli.invocation.find_target", lambda choice: target)
    return target


def test_keys_are_listed_without_their_values(
    traindrop: Run, stack: MemoryTarget
) -> None:
    code, output, _ = traindrop("keys", "--json")
    ids = {"predict": "p", "read": "id-1", "manage": "m"}
    assert (code, json.loads(output)) == (0, {"keys": ids})


def test_a_key_is_shown_alone_so_that_a_script_can_take_it(
    traindrop: Run, stack: MemoryTarget
) -> None:
    assert traindrop("keys", "show", "read")[:2] == (0, "value of id-1")


def test_a_key_is_replaced_after_consent(traindrop: Run, stack: MemoryTarget) -> None:
    code, _, errors = traindrop("keys", "rotate", "read")
    assert code == 1
    assert "Whatever uses it stops working until it has the new one." in errors
    code, output, errors = traindrop("keys", "rotate", "read", "--yes")
    assert (code, output) == (0, "value of id-2")
    assert "If samconfig.toml sets ReadKeyVersion, set it to 2 there." in errors


def test_a_key_that_there_is_not_is_an_error(
    traindrop: Run, stack: MemoryTarget
) -> None:
    code, _, errors = traindrop("keys", "show", "write")
    assert code == 1
    assert "expected one of predict, read, manage; found write." in errors
