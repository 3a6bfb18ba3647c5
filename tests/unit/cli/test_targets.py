from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import targets
from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.memory import recall, remember
from cli.targets import Choice, find_target

OUTPUTS = {"ApiUrl": "https://a.test/live", "DataBucket": "b", "ManageKeyId": "k"}


class MemorySession:
    """boto3's, of an account with one stack `td`."""

    region_name = "eu-central-1"

    def __init__(self, **options: Any) -> None:
        self.outputs = dict(OUTPUTS)

    def client(self, service: str, **options: Any) -> MemorySession:
        return self

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        if StackName != "td":
            error: Any = {"Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        outputs = [
            {"OutputKey": name, "OutputValue": value}
            for name, value in self.outputs.items()
        ]
        return {"Stacks": [{"Outputs": outputs}]}

    def get_api_key(self, apiKey: str, includeValue: bool) -> dict[str, str]:  # noqa: N803
        return {"value": f"value of {apiKey}"}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> MemorySession:
    session = MemorySession()
    monkeypatch.setattr("boto3.Session", lambda **options: session)
    return session


def local_state(folder: Path) -> Path:
    """The state folder of a local cloud that is up."""
    state = folder / ".traindrop"
    state.mkdir()
    content = {
        "version": 1,
        "ports": {"engine": 4566, "sagemaker": 4567},
        "processes": {},
        "outputs": {"ApiId": "i", "ApiStage": "live", "DataBucket": "local-bucket"},
        "api_key": "local-key",
        "secret": "s",
    }
    (state / "cloud.json").write_text(json.dumps(content))
    return state


def test_a_stack_is_looked_up_and_remembered(account: MemorySession) -> None:
    target = find_target(Choice(stack="td"))
    assert (target.url, target.key, target.bucket) == (
        "https://a.test/live",
        "value of k",
        "b",
    )
    assert target.name == "stack td in eu-central-1"
    assert find_target(Choice()).name == target.name
    assert recall().stack == "td"


def test_a_stack_that_is_not_there_is_not_remembered(account: MemorySession) -> None:
    with pytest.raises(CommandError, match="expected a stack 'tx' in eu-central-1"):
        find_target(Choice(stack="tx"))
    assert recall().target == ""


def test_a_stack_of_something_else_is_named_so(account: MemorySession) -> None:
    del account.outputs["DataBucket"]
    with pytest.raises(CommandError, match="has no output DataBucket"):
        find_target(Choice(stack="td"))


def test_the_local_cloud_is_that_of_the_folder_or_above(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "is_listening", lambda port: port == 4566)
    state = local_state(tmp_path)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    target = find_target(Choice(local=True), inner)
    assert target.key == "local-key"
    assert target.url == "http://127.0.0.1:4566/_aws/execute-api/i/live"
    assert target.aws("sagemaker").meta.endpoint_url == "http://127.0.0.1:4567"
    assert target.aws("s3").meta.endpoint_url == "http://127.0.0.1:4566"
    # From anywhere else, without an option.
    assert find_target(Choice(), Path("/")).name == f"the local cloud in {state}"


def test_a_local_cloud_that_is_down_is_an_error_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local_state(tmp_path)
    monkeypatch.setattr(targets, "is_listening", lambda port: False)
    with pytest.raises(CommandError, match="expected a running local cloud") as error:
        find_target(Choice(local=True), tmp_path)
    assert error.value.code is ExitCode.NOT_RUNNING


def test_no_local_cloud_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="traindrop up") as error:
        find_target(Choice(local=True), tmp_path)
    assert error.value.code is ExitCode.NOT_RUNNING


def test_the_environment_stands_before_what_was_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remember(target="stack", stack="td")
    monkeypatch.setenv("TRAINDROP_API_URL", "https://other.test/live")
    monkeypatch.setenv("TRAINDROP_API_KEY", "k")
    target = find_target(Choice())
    assert (target.url, target.key) == ("https://other.test/live", "k")
    with pytest.raises(CommandError, match="found only the API of https://other"):
        target.aws("s3")
