"""Servers as processes: started, asked for a first answer, weighed with all their children, stopped."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
STOP_SECONDS = 30.0


class ServerError(RuntimeError):
    """A server that is to be measured does not answer."""


@dataclass(frozen=True)
class ServerProcess:
    """`started_at`: when the process was created, by the monotonic clock."""

    pid: int
    started_at: float


@contextmanager
def running(command: Sequence[str | Path], log: Path, **environment: str) -> Iterator[ServerProcess]:
    """A process that leads a group of its own, of which nothing is left afterwards."""
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


def stop(process: subprocess.Popen[bytes]) -> int:
    """Its exit code after SIGTERM; whatever outlives that is killed."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def first_answer(pid: int, port: int, path: str, body: bytes, patience: float = 180.0) -> float:
    """The time of the first 200, by the monotonic clock. Raises `ServerError` if there is none."""
    deadline = time.monotonic() + patience
    said = "nothing listens"
    while time.monotonic() < deadline and alive(pid):
        try:
            said = _asked(port, path, body, deadline - time.monotonic())
        except OSError as error:
            said = str(error)
        if said.startswith("200"):
            return time.monotonic()
        time.sleep(0.02)
    raise ServerError(f"expected an answer within {patience:.0f} s; found: {said}. Look into the server's log.")


def _asked(port: int, path: str, body: bytes, timeout: float) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return f"{answer.status} {answer.read()[:200].decode('utf-8', 'replace')}"
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
    """The process and all that come from it."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def cpu_seconds(pid: int) -> float:
    """Of the whole tree, so far."""
    total = 0.0
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def memory_mb(pid: int) -> float:
    """Of the whole tree: pages that processes share count once (PSS) where the system tells, else for each (RSS)."""
    return sum(map(_memory, tree(pid))) / 2**20


def _memory(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        rollup = Path(f"/proc/{process.pid}/smaps_rollup")
        return pss_bytes(rollup.read_text()) if rollup.is_file() else int(process.memory_info().rss)
    return 0


def pss_bytes(rollup: str) -> int:
    """What `smaps_rollup` says, which counts in KiB; 0 of a process that has just ended."""
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 2**10
    return 0
