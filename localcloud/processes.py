"""Starting, recognising and ending processes that outlive the command that started them.

A process is known by its pid and the time it was created, so that a pid used again is never mistaken for it. What it
starts itself (model servers, training jobs, Lambda workers) is found as its descendant and by the marker in its
environment, so that a part killed with -9 leaves nothing that cannot be found.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from contracts.environment import LOCAL_STATE
from localcloud.cloud import ProcessRecord
from localcloud.errors import LocalCloudError, stated_reason, tail

_CREATED_TOLERANCE_SECONDS = 1.0
_READY_SECONDS = 60.0
_STOP_GRACE_SECONDS = 20.0
"""From SIGTERM to SIGKILL for a part of the cloud."""
_LEFTOVER_GRACE_SECONDS = 3.0
_KILL_SECONDS = 5.0
_ORPHAN_SECONDS = 2.0
"""Orphans that end by themselves once their parent is gone have this long for it."""
_MAX_ROUNDS = 5
_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError, PermissionError)
_STARTED: dict[int, subprocess.Popen[bytes]] = {}
"""Children of this very command by pid, kept to be reaped if it also ends them."""


class PartDiedError(LocalCloudError):
    """A part of the cloud ended while it was starting, or never answered."""


class LeftoverError(LocalCloudError):
    """Something still runs or listens after everything was done to end it."""


@dataclass(frozen=True)
class StopResult:
    """What ending the cloud did: names of parts, and how many processes they had left behind."""

    ended: tuple[str, ...]
    killed: tuple[str, ...]
    leftovers: int


# ---- ports ---------------------------------------------------------------------------------------------------------


def free_port(preferred: int | None = None) -> int:
    """`preferred` if nothing has it, else any free port of the loopback."""
    candidates = (preferred, 0) if preferred else (0,)
    for port in candidates:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise LocalCloudError(
        "expected a free port on 127.0.0.1; found none. Close something that listens."
    )


def is_listening(port: int) -> bool:
    """Whether something accepts connections on a port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


# ---- starting ------------------------------------------------------------------------------------------------------


def start(
    command: Sequence[str], environment: dict[str, str], log: Path, folder: Path
) -> ProcessRecord:
    """Starts a process in a session of its own, with its output appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _STARTED[child.pid] = child
    return ProcessRecord(child.pid, psutil.Process(child.pid).create_time())


def wait_until_ready(
    is_ready: Callable[[], bool],
    record: ProcessRecord,
    name: str,
    log: Path,
    timeout: float = _READY_SECONDS,
) -> None:
    """Raises `PartDiedError` with the end of the log if the process dies, or is not ready after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not is_ready():
        if find(record) is None:
            reason = stated_reason(log)
            if reason:
                raise PartDiedError(f"{name} ended while starting: {reason}")
            raise PartDiedError(
                f"{name} ended while starting. The end of {log}:\n{tail(log)}"
            )
        if time.monotonic() > deadline:
            raise PartDiedError(
                f"{name} did not answer within {timeout:.0f} s. The end of {log}:\n{tail(log)}"
            )
        time.sleep(0.05)


# ---- recognising ---------------------------------------------------------------------------------------------------


def find(record: ProcessRecord | None) -> psutil.Process | None:
    """The live process of `record`, or None: a zombie and a stranger under the same pid are not it."""
    if record is None:
        return None
    with contextlib.suppress(*_GONE):
        process = psutil.Process(record.pid)
        is_same = (
            abs(process.create_time() - record.created) < _CREATED_TOLERANCE_SECONDS
        )
        if is_same and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def owned_processes(state: Path) -> list[psutil.Process]:
    """Every process whose environment says that it was started for this state folder or one below it.

    Unlike a list of process ids this has no moment between start and record, knows grandchildren, and cannot hit a
    stranger under a pid that is used again. This command and those above it are left out.
    """
    family = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in family and _belongs(process, state)
    ]


def _belongs(process: psutil.Process, state: Path) -> bool:
    with contextlib.suppress(*_GONE):
        if (
            process.status() == psutil.STATUS_ZOMBIE
            or process.uids().real != os.getuid()
        ):
            return False
        marker = process.environ().get(LOCAL_STATE)
        return marker is not None and Path(marker).is_relative_to(state)
    return False


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(*_GONE):
        return process.children(recursive=True)
    return []


def _is_alive(process: psutil.Process) -> bool:
    """A zombie is not alive: in a container nobody may ever wait for it."""
    with contextlib.suppress(*_GONE):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _name(process: psutil.Process) -> str:
    with contextlib.suppress(*_GONE):
        return process.name()
    return "?"


# ---- ending --------------------------------------------------------------------------------------------------------


def stop(
    records: Mapping[str, ProcessRecord],
    order: Sequence[str],
    state: Path,
    grace: float = _STOP_GRACE_SECONDS,
    keep: Iterable[ProcessRecord] = (),
) -> StopResult:
    """Ends the parts in `order`, then whatever they leave behind, but not the parts in `keep` nor what those started.

    Raises `LeftoverError` if something survives.
    """
    running: dict[str, psutil.Process] = {}
    for name in order:
        process = find(records.get(name))
        if process:
            running[name] = process
    descendants = [
        child for process in running.values() for child in _descendants(process)
    ]
    killed = tuple(name for name, process in running.items() if _end([process], grace))
    _reap()
    settle_seconds = _ORPHAN_SECONDS if running else 0.0
    leftovers = end_leftovers(state, keep, descendants, settle_seconds)
    return StopResult(tuple(running), killed, leftovers)


def end_leftovers(
    state: Path,
    keep: Iterable[ProcessRecord] = (),
    more: Iterable[psutil.Process] = (),
    settle_seconds: float = 0.0,
) -> int:
    """Ends the processes of this state folder, and `more`, but not the parts in `keep` nor what they started.

    `settle_seconds` are given to orphans that end by themselves once their parent is gone. Returns how many processes
    had to be ended. Raises `LeftoverError` if something survives.
    """
    kept_records = list(keep)
    orphans = {
        process.pid: process for process in [*more, *_leftovers(state, kept_records)]
    }
    remaining = _still_alive(orphans.values(), settle_seconds)
    ended = 0
    # A process that was being started during one round shows its environment only to the next.
    for _ in range(_MAX_ROUNDS):
        _end(remaining, _LEFTOVER_GRACE_SECONDS)
        ended += len(remaining)
        remaining = _leftovers(state, kept_records)
        if not remaining:
            return ended
    names = ", ".join(f"{process.pid} ({_name(process)})" for process in remaining)
    raise LeftoverError(
        f"expected nothing left running; found {names}. End them: kill -9 <pid>."
    )


def _leftovers(state: Path, keep: Iterable[ProcessRecord]) -> list[psutil.Process]:
    spared = set()
    for record in keep:
        process = find(record)
        if process:
            spared.add(process.pid)
            spared.update(child.pid for child in _descendants(process))
    return [process for process in owned_processes(state) if process.pid not in spared]


def _end(processes: Sequence[psutil.Process], grace: float) -> list[psutil.Process]:
    """SIGTERM, then SIGKILL after `grace` seconds. Returns those that had to be killed."""
    for process in processes:
        with contextlib.suppress(*_GONE):
            process.terminate()
    stubborn = _still_alive(processes, grace)
    for process in stubborn:
        with contextlib.suppress(*_GONE):
            process.kill()
    _still_alive(stubborn, _KILL_SECONDS)
    return stubborn


def _still_alive(
    processes: Iterable[psutil.Process], seconds: float
) -> list[psutil.Process]:
    """Those that are alive after `seconds` at most."""
    deadline = time.monotonic() + seconds
    alive = [process for process in processes if _is_alive(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(0.02)
        alive = [process for process in alive if _is_alive(process)]
    return alive


def _reap() -> None:
    for pid, child in list(_STARTED.items()):
        if child.poll() is not None:
            del _STARTED[pid]


def resident_bytes(pid: int) -> int:
    """Memory of a process and all below it; 0 where it has ended."""
    try:
        first = psutil.Process(pid)
        processes = [first, *first.children(recursive=True)]
    except psutil.Error:
        return 0
    return sum(_own_bytes(process) for process in processes)


def _own_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
