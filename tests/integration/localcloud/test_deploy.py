"""How the SAM CLI is run, with a shell script in its place that writes what it was asked."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.cloud import LocalCloud
from localcloud.deploy import run_sam
from localcloud.processes import owned_processes
from localcloud.sam import DeployError
from tests.unit.localcloud.test_cloud import filled

RECORDS = 'echo "$@ endpoint=$AWS_ENDPOINT_URL profile=$AWS_PROFILE config=$AWS_CONFIG_FILE" >> "$(dirname "$0")/asked"'
FAILS = 'echo "Error: no such layer" >&2; [ "$1" = build ]'
HANGS = 'touch "$(dirname "$0")/asked"; sleep 60 & wait'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".venv-aws" / "bin").mkdir(parents=True)
    return tmp_path


def sam(root: Path, script: str) -> Path:
    """Installs the script as the repository's own SAM CLI; returns where it notes what it was asked."""
    command = root / ".venv-aws" / "bin" / "sam"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    return command.parent / "asked"


@pytest.fixture
def cloud(tmp_path: Path) -> LocalCloud:
    made = filled(tmp_path / "state")
    made.save()
    return made


def test_sam_builds_then_deploys_with_the_parameters_to_the_local_cloud_and_nowhere_else(
    root: Path, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    record = sam(root, RECORDS)
    run_sam(cloud, root, {"B": "2", "A": "one two"})
    build, deploy = record.read_text().splitlines()
    config = f"--config-file {root}/localcloud/samconfig.toml"
    assert build.startswith(f"build {config} --build-dir ")
    assert deploy.startswith(f"deploy {config} --template-file ")
    assert '--parameter-overrides A="one two" B="2" ' in deploy
    assert all(
        "endpoint=http://127.0.0.1:4001 profile= config=/" in line
        for line in (build, deploy)
    )


def test_a_sam_that_fails_is_named_with_the_end_of_its_output(
    root: Path, cloud: LocalCloud
) -> None:
    sam(root, FAILS)
    with pytest.raises(
        DeployError,
        match=r"(?s)`sam deploy` ended with 1. The end of .*Error: no such layer",
    ):
        run_sam(cloud, root, {})


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell starts what it puts in the background with SIGINT ignored, the test runner too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_sam_leaves_nothing_running(
    root: Path, cloud: LocalCloud
) -> None:
    record = sam(root, HANGS)
    threading.Thread(target=_interrupt_when, args=(record,)).start()
    with pytest.raises(KeyboardInterrupt):
        run_sam(cloud, root, {})
    assert owned_processes(cloud.state) == []


def _interrupt_when(path: Path) -> None:
    while not path.exists():
        time.sleep(0.02)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
