from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from localcloud.sagemaker.processes import MARKER, base_environment, end_group, end_leftovers, exit_code, leftovers
from localcloud.sagemaker.settings import Settings

FAMILY = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True).pid, flush=True)
time.sleep(60)
"""


def test_a_process_inherits_only_what_it_may() -> None:
    host = {"PATH": "/bin", "AWS_ENDPOINT_URL": "http://e", "SECRET": "s", "PYTHONPATH": "/x", "LC_ALL": "C"}
    found = base_environment(Settings(Path("/state"), port=1234, region="eu-west-1"), host)
    assert found == {
        "PATH": "/bin",
        "LC_ALL": "C",
        "AWS_ENDPOINT_URL": "http://e",
        "AWS_ENDPOINT_URL_SAGEMAKER": "http://127.0.0.1:1234",
        "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": "http://127.0.0.1:1234",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "PYTHONUNBUFFERED": "1",
        MARKER: "/state",
    }


def test_signals_count_from_128() -> None:
    assert [exit_code(code) for code in (0, 3, -signal.SIGKILL, -signal.SIGTERM)] == [0, 3, 137, 143]


def test_leftovers_are_found_with_their_descendants_and_ended(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", FAMILY], env={MARKER: str(tmp_path)}, stdout=subprocess.PIPE)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    assert {found.pid for found in leftovers(tmp_path)} == {process.pid, child}
    assert leftovers(tmp_path / "other") == []
    assert end_leftovers(tmp_path) == 2
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
    process.wait(5)
    process.stdout.close()


def test_a_group_that_does_not_listen_is_killed() -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    process.stdout.readline()
    started = time.monotonic()
    end_group(process, grace=0.2)
    assert process.wait(5) == -signal.SIGKILL
    assert 0.2 <= time.monotonic() - started < 3
    process.stdout.close()
