from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from cli import checkout
from cli.memory import recall
from tests.unit.cli.conftest import Run


class ProcessReplacedError(BaseException):
    """In place of the process that `execve` would start."""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout that is set up, in which the command is called."""
    folder = tmp_path / "src"
    for name in ("template.yaml", "localcloud/__main__.py", "Makefile"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    for name in (".venv/.ready", ".venv-aws/.ready"):
        (folder / name).parent.mkdir()
        (folder / name).touch()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The command lines that the command would have become."""
    lines: list[list[str]] = []

    def execve(path: Path, line: list[str], variables: Mapping[str, str]) -> None:
        assert str(path) == line[0]
        assert variables["TRAINDROP_COMMAND"] == "traindrop"
        lines.append(line[1:])
        raise ProcessReplacedError

    monkeypatch.setattr(os, "execve", execve)
    return lines


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["up", "--parameter", "A=b", "--pass-hf-env"],
            ["up", "--parameter", "A=b", "--pass-hf-env"],
        ),
        (["up", "--max-training-jobs", "2"], ["up", "--max-training-jobs", "2"]),
        (["demo", "--keep"], ["demo", "--keep"]),
        (["down"], ["down"]),
        (["down", "--purge", "--yes"], ["down", "--purge"]),
        (["env"], ["env"]),
        (["status", "--local"], ["status"]),
        (["init", "--local", "--parameter", "A=b"], ["up", "--parameter=A=b"]),
        (["destroy", "--local", "--yes"], ["down", "--purge"]),
    ],
)
def test_the_checkouts_own_environment_runs_the_local_cloud(
    traindrop: Run,
    source: Path,
    started: list[list[str]],
    arguments: list[str],
    expected: list[str],
) -> None:
    with pytest.raises(ProcessReplacedError):
        traindrop(*arguments)
    command, *options = expected
    state = ["--state", str(source / ".traindrop")]
    assert started == [["-m", "localcloud", command, *state, *options]]


def test_what_was_started_is_talked_to_from_then_on(
    traindrop: Run,
    source: Path,
    started: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ProcessReplacedError):
        traindrop("up", "--state", "elsewhere")
    memory = recall()
    state = str(source / "elsewhere")
    assert (memory.target, memory.state, memory.checkout) == (
        "local",
        state,
        str(source),
    )
    monkeypatch.chdir("/")
    with pytest.raises(ProcessReplacedError):
        traindrop("down")
    assert started[1][3:] == ["--state", state]


def test_without_the_set_up_it_says_how(
    traindrop: Run, source: Path, started: list[list[str]]
) -> None:
    (source / ".venv" / ".ready").unlink()
    code, _, errors = traindrop("up")
    assert code == 1
    assert f"make -C {source} setup" in errors


def test_without_a_checkout_it_says_to_clone(
    traindrop: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(checkout, "__file__", str(tmp_path / "site" / "cli" / "c.py"))
    code, _, errors = traindrop("up")
    assert code == 1
    assert "expected a checkout of Traindrop's repository here or above" in errors


def test_data_is_removed_only_after_consent(
    traindrop: Run, source: Path, started: list[list[str]]
) -> None:
    for arguments in (["down", "--purge"], ["destroy", "--local"]):
        code, _, errors = traindrop(*arguments)
        assert code == 1
        assert "Nothing was done." in errors
    assert started == []
