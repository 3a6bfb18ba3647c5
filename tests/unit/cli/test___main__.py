from __future__ import annotations

import pytest

from cli.__main__ import PANELS
from tests.unit.cli.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["check"], 2, "Missing argument 'source'"),
        (["chek"], 2, "No such command 'chek'"),
        (["check", "nowhere"], 1, "expected a folder or a file; found no 'nowhere'."),
        (["models"], 1, "expected the stack to talk to; none was chosen yet. Say"),
        (["models", "--local", "--stack", "s"], 1, "expected --stack or --local"),
        (["models", "--state", "/nowhere"], 3, "expected a local cloud in /nowhere"),
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
