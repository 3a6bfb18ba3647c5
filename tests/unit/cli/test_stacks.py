from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from cli import stacks
from cli.errors import CommandError
from cli.memory import recall, remember
from cli.stacks import StackPlace, run_tool, sam_commands
from tests.unit.cli.conftest import Run
from tools.aws_account import Caller

CALLER = Caller("arn:aws:iam::1:user/ada", "eu-central-1")
PLACE = StackPlace("td", "eu-central-1", "work", None, CALLER)


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "chosen_stack", lambda call: PLACE)


def test_the_change_set_is_confirmed_unless_yes() -> None:
    build, deploy = sam_commands("sam", PLACE, ["A=b"], guided=False, yes=False)
    assert build == ["sam", "build"]
    assert deploy == [
        *("sam", "deploy", "--stack-name", "td", "--region", "eu-central-1"),
        *("--profile", "work", "--parameter-overrides", "A=b", "--confirm-changeset"),
    ]
    _, deploy = sam_commands("sam", PLACE, [], guided=True, yes=True)
    assert deploy[-2:] == ["--no-confirm-changeset", "--guided"]


def test_a_tool_that_fails_is_named_with_what_it_left(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    with pytest.raises(CommandError, match="ended with 3; its output above says why"):
        run_tool(command, tmp_path)


def test_destroy_asks_the_tool_that_asks_for_the_name(
    traindrop: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember(target="stack", stack="td", region="eu-central-1")
    calls: list[list[str]] = []

    def destroy(options: list[str]) -> int:
        calls.append(options)
        return 0

    monkeypatch.setattr(stacks, "destroy_stack", destroy)
    assert traindrop("destroy", "--dry-run")[0] == 0
    assert recall().stack == "td"
    assert traindrop("destroy", "--yes")[0] == 0
    place = ["--stack=td", "--region=eu-central-1", "--profile=work"]
    assert calls == [[*place, "--dry-run"], [*place, "--yes"]]
    assert recall().target == ""


def test_what_could_not_be_removed_is_an_error(
    traindrop: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(options: list[str]) -> Any:
        return 2

    monkeypatch.setattr(stacks, "destroy_stack", leave)
    assert traindrop("destroy", "--yes")[0] == 1
