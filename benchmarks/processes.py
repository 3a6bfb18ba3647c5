"""Server processes: start, first answer, CPU time and memory with all child processes, stop."""

from __future__ import annotations

import http.client
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
STOP_SECONDS = 30.0
POLL_SECONDS = 0.02


class ServerError(RuntimeError):
    """A server that a benchmark needs does not answer."""


@dataclass(frozen=True)
class ServerProcess:
    """`started_at`: when the process was created, by the monotonic clock."""

    pid: int
    started_at: float


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, **environment: str
) -> Iterator[ServerProcess]:
    """Starts a process in a group of its own; the whole group has ended when the context ends."""
    with log.open("ab") as stream:
        started_at = time.monotonic()
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env=os.environ | environment,
            start_new_session=True,
        )
    try:
        yield ServerProcess(process.pid, started_at)
    finally:
        stop(process)


@contextmanager
def own_server(
    model: Path, port: int, log: Path, **environment: str
) -> Iterator[ServerProcess]:
    """Our server, at its defaults but for the environment."""
    command = [sys.executable, "-m", "inference.server"]
    arguments: list[str | Path] = ["--model", model, "--port", str(port)]
    with running([*command, *arguments], log, **environment) as server:
        yield server


def stop(process: subprocess.Popen[bytes]) -> int:
    """Sends SIGTERM, kills what is left of the group after `STOP_SECONDS`, and returns the exit code."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def first_answer(
    pid: int, port: int, path: str, body: bytes, timeout_seconds: float = 180.0
) -> float:
    """Posts `body` until the server answers 200; returns that moment by the monotonic clock.

    Raises `ServerError` if the process ends or the time is up.
    """
    deadline = time.monotonic() + timeout_seconds
    last_answer = "nothing listens"
    while time.monotonic() < deadline and alive(pid):
        try:
            last_answer = _post(port, path, body, deadline - time.monotonic())
        except OSError as error:
            last_answer = str(error)
        if last_answer.startswith("200"):
            return time.monotonic()
        time.sleep(POLL_SECONDS)
    raise ServerError(
        f"expected an answer within {timeout_seconds:.0f} s; found: {last_answer}. Look into the server's log."
    )


def _post(port: int, path: str, body: bytes, timeout_seconds: float) -> str:
    """Status and beginning of the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        beginning = response.read()[:200].decode("utf-8", "replace")
        return f"{response.status} {beginning}"
    except http.client.HTTPException as error:
        return repr(error)
    finally:
        connection.close()


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def tree(pid: int) -> list[psutil.Process]:
    """The process and all its descendants; empty if it has ended."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(pid: int) -> float:
    """User and system time of the whole tree, so far."""
    total = 0.0
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def memory_mb(pid: int) -> float:
    """Memory of the whole tree: PSS, which counts shared pages once, on Linux; RSS elsewhere."""
    return sum(map(_memory, tree(pid))) / 2**20


def peak_memory_mb(usage: resource.struct_rusage) -> float:
    """Peak RSS in MB of 2**20 bytes, as Lambda counts; macOS reports bytes, others KiB."""
    unit_count = 2**20 if sys.platform == "darwin" else 2**10
    return usage.ru_maxrss / unit_count


def _memory(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        rollup = Path(f"/proc/{process.pid}/smaps_rollup")
        return (
            pss_bytes(rollup.read_text())
            if rollup.is_file()
            else int(process.memory_info().rss)
        )
    return 0


def pss_bytes(rollup: str) -> int:
    """Proportional set size from `/proc/<pid>/smaps_rollup`, which counts in KiB; 0 for a process that has ended."""
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 2**10
    return 0
