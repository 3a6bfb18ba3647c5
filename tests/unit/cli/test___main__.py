from __future__ import annotations

import re
import tomllib
from importlib import metadata

import pytest

from cli.__main__ import PANELS
from tests.unit.cli.conftest import Run
from tests.unit.cli.imports import modules_after
from tools.source_modules import ROOMS, ROOT

IMPORTED_WHERE_PRESENT = {"click", "setuptools"}
"""By libraries that go on without them."""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["check"], 2, "Missing argument 'source'"),
        (["chek"], 2, "No such command 'chek'"),
        (["check", "nowhere"], 1, "expected a folder or a file; found no 'nowhere'."),
        (["models"], 1, "expected the stack to talk to; none was chosen yet. Say"),
        (["models", "--local", "--stack", "s"], 1, "expected --stack or --local"),
        (
            ["models", "--state", "/nowhere"],
            3,
            "expected a running local cloud in /nowhere",
        ),
    ],
)
def test_a_command_that_cannot_go_on_says_what_to_do(
    traindrop: Run, arguments: list[str], code: int, message: str
) -> None:
    actual, _, errors = traindrop(*arguments)
    assert (actual, message in " ".join(errors.split())) == (code, True), errors


def test_every_command_is_in_the_help_with_a_sentence(traindrop: Run) -> None:
    _, output, _ = traindrop("--help")
    for commands in PANELS.values():
        for name, command in commands.items():
            assert f"│ {name} " in output
            assert command.__doc__


def test_the_version_is_printed(traindrop: Run) -> None:
    code, output, _ = traindrop("--version")
    assert (code, output.split()[0]) == (0, "traindrop")


def test_what_the_command_imports_is_what_it_installs() -> None:
    """The local cloud's packages and those of trainings are in the checkout's environment, not in the command's."""
    owners = metadata.packages_distributions()
    modules = modules_after("cli.__main__, traindrop")
    imported = {name.split(".")[0] for name in modules} - set(ROOMS)
    distributions = {
        plain(owner) for name in imported for owner in owners.get(name, ())
    }
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    installed = installed_with(pyproject["project"]["dependencies"])
    assert distributions - IMPORTED_WHERE_PRESENT <= installed


def installed_with(requirements: list[str]) -> set[str]:
    """The distributions that pip installs for these, without extras."""
    names: set[str] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        name = plain(re.split(r"[^\w.-]", requirement)[0])
        if name not in names and "extra ==" not in requirement:
            try:
                waiting += metadata.requires(name) or []
            except metadata.PackageNotFoundError:
                # For another system or Python.
                continue
            names.add(name)
    return names


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
