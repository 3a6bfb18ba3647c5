from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from benchmarks.processes import (
    alive,
    cpu_seconds,
    memory_mb,
    pss_bytes,
    running,
    stop,
    tree,
)

SLEEPING = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "


def test_shared_pages_count_by_their_share() -> None:
    assert (
        pss_bytes(
            "5500-7fff ---p [rollup]\nRss:  1732 kB\nPss:   417 kB\nPss_Dirty:  112 kB\n"
        )
        == 417 * 1024
    )
    assert pss_bytes("") == 0


def test_this_process_has_taken_memory_and_time() -> None:
    assert memory_mb(os.getpid()) > 10
    assert cpu_seconds(os.getpid()) > 0.1


def test_of_a_process_that_is_gone_nothing_is_left() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert (alive(child.pid), tree(child.pid), memory_mb(child.pid)) == (False, [], 0)


def test_what_is_run_ends_with_its_children(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        SLEEPING + "print('ready', flush=True); time.sleep(60)",
    ]
    before = time.monotonic()
    with running(command, tmp_path / "log") as server:
        assert before <= server.started_at <= time.monotonic()
        while "ready" not in (tmp_path / "log").read_text():
            assert alive(server.pid)
        started = tree(server.pid)
        assert len(started) == 2
    assert psutil.wait_procs(started, timeout=20)[1] == []


def test_stopping_tells_the_exit_code() -> None:
    ended = subprocess.Popen(
        [sys.executable, "-c", "raise SystemExit(3)"], start_new_session=True
    )
    ended.wait()
    assert stop(ended) == 3
    assert (
        stop(
            subprocess.Popen(
                [sys.executable, "-c", SLEEPING + "time.sleep(60)"],
                start_new_session=True,
            )
        )
        == -15
    )
