from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.__main__ import main
from tests.unit.cli.targets import MemoryS3, MemoryTarget, memory_target
from tests.unit.functions.api.client import Client, live
from tests.unit.functions.api.conftest import call
from tests.unit.functions.conftest import ledger, sagemaker, storage

__all__ = ["call", "ledger", "sagemaker", "storage"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of settings, and an environment that names no stack."""
    folder = tmp_path / "config"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    for name in ("TRAINDROP_API_URL", "TRAINDROP_API_KEY", "TRAINDROP_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def s3() -> MemoryS3:
    return MemoryS3()


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch, s3: MemoryS3) -> MemoryTarget:
    """What every command talks to."""
    built = memory_target(s3=s3)
    monkeypatch.setattr("cli.invocation.find_target", lambda choice: built)
    return built


@pytest.fixture
def live_model(target: MemoryTarget, call: Client) -> Client:
    """A live model called reviews; the stack that has it."""
    live(call)
    return call


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def traindrop(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command: its exit code, what it printed as its result, and what else."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(arguments)
        printed = capsys.readouterr()
        lines = [line for line in printed.out.splitlines() if not _is_log(line)]
        return code, "\n".join(lines), printed.err

    return run


def _is_log(line: str) -> bool:
    """A line of the API's function, which runs in this process."""
    return line.startswith(('{"level"', '{"_aws"'))
