from __future__ import annotations

import pytest

from cli.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "nowhere"], "expected a folder or a file; found no 'nowhere'"),
        (["check"], "the following arguments are required: FOLDER"),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_wrong_arguments_exit_with_1(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        status: object = main(arguments)
    except SystemExit as stop:
        status = stop.code
    assert status == 1
    assert message in capsys.readouterr().err
