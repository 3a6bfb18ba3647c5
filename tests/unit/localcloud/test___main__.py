"""The command line: arguments, exit codes, what goes to which stream."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.__main__ import main, parser
from localcloud.errors import command_line

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _same_signal_handlers_afterwards() -> Iterator[None]:
    before = [signal.getsignal(number) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


def test_parameters_are_pairs_and_values_may_hold_an_equals_sign() -> None:
    options = parser().parse_args(["up", "--parameter", "A=1", "--parameter", "B=x=y"])
    assert options.parameter == [("A", "1"), ("B", "x=y")]


def test_a_parameter_without_a_value_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["up", "--parameter", "A"])
    assert ended.value.code == 2
    assert "expected KEY=VALUE; found 'A'" in capsys.readouterr().err


def test_env_of_a_cloud_that_is_down_prints_nothing_to_evaluate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["env", "--state", str(tmp_path)]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert (
        f"engine and sagemaker not running. Start it: `{command_line('up')}"
        in printed.err
    )


def test_status_of_a_cloud_that_is_down_is_exit_code_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--state", str(tmp_path)]) == 3
    assert f"Start it: {command_line('up')}" in capsys.readouterr().out


def test_taking_down_what_never_was_up_is_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["down", "--state", str(tmp_path / "none")]) == 0
    assert "There is no local cloud in" in capsys.readouterr().out


def test_purging_a_directory_of_someone_elses_fails_and_removes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.tex").touch()
    assert main(["down", "--purge", "--state", str(tmp_path)]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    assert "check --state" in capsys.readouterr().err
