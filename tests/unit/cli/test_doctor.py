from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli import doctor
from cli.errors import CommandError
from cli.invocation import Invocation
from cli.memory import remember
from cli.stacks import StackPlace
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_stacks import CALLER
from tests.unit.functions.api.client import Client
from tools.preflight.finding import Finding, State


class EmptyAccount:
    def client(self, service: str) -> EmptyAccount:
        return self

    def describe_stacks(self, StackName: str) -> None:  # noqa: N803
        error: Any = {"Message": f"Stack with id {StackName} does not exist"}
        raise ClientError({"Error": error}, "DescribeStacks")


def test_an_account_without_the_stack_says_how_to_deploy_it(
    traindrop: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = StackPlace("td", "eu-central-1", "", EmptyAccount(), CALLER)
    quota = Finding(State.MISSING, "every training quota is 0", "Ask for 1.")
    monkeypatch.setattr(doctor, "chosen_stack", lambda call: place)
    monkeypatch.setattr(doctor, "preflight", lambda place, checkout: [quota])
    code, output, _ = traindrop("doctor", "--stack", "td")
    assert code == 1
    assert "warning  stack td: not deployed in eu-central-1" in output
    assert "-> traindrop init --stack td" in output
    assert output.endswith("-> Ask for 1.\n1 missing.")


def test_without_an_account_the_rest_is_not_looked_up(
    traindrop: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(call: object) -> None:
        raise CommandError("Unable to locate credentials. Log in.")

    monkeypatch.setattr(doctor, "chosen_stack", refuse)
    code, output, _ = traindrop("doctor", "--json")
    *_, last = json.loads(output)["findings"]
    assert (code, last["state"]) == (1, "missing")
    assert last["remedy"] == "Unable to locate credentials. Log in."


def test_the_local_cloud_is_looked_at_on_this_machine(
    traindrop: Run, live_model: Client, tmp_path: Path
) -> None:
    remember(target="local", state=str(tmp_path / "state"))
    _, output, _ = traindrop("doctor", "--state", str(tmp_path / "state"))
    assert "GB free on the disk" in output
    assert "warning  the local cloud is down" in output


def test_an_api_that_answers_is_a_finding(live_model: Client) -> None:
    finding = doctor.answer_finding(Invocation())
    assert finding == Finding(State.OK, "a test's stack answers: 1 model")
