"""Starting, recognising and ending processes that outlive the command that started them.

A process is known by its pid and the time it was created, so that a pid used again is never mistaken for it. What a
part starts itself (model servers, training jobs, Lambda workers) is found as its descendant and by the marker in its
environment, so that a part killed with -9 leaves nothing unfindable.
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

from localcloud.cloud import ProcessRecord
from localcloud.environment import MARKERS
from localcloud.errors import LocalCloudError, tail

_CREATED_TOLERANCE = 1.0
_LOOKS = 5
_GONE = (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError, PermissionError)
_STARTED: dict[int, subprocess.Popen[bytes]] = {}
"""Children of this very command, kept to be reaped if it also ends them."""


class PartDiedError(LocalCloudError):
    """A part of the cloud ended, or never answered, while it was waited for."""


class LeftoverError(LocalCloudError):
    """Something still runs or listens after everything was done to end it."""


@dataclass(frozen=True)
class Stopped:
    """What ending the cloud did: names of parts, and how many processes they had left behind."""

    ended: tuple[str, ...]
    killed: tuple[str, ...]
    leftovers: int


def free_port(preferred: int | None = None) -> int:
    """`preferred` if nothing has it, else any free port of the loopback."""
    for port in (preferred, 0) if preferred else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise LocalCloudError("expected a free port on 127.0.0.1; found none. Close something that listens.")


def listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(command: Sequence[str], environment: dict[str, str], log: Path, cwd: Path) -> ProcessRecord:
    """Starts a process in a session of its own, its output appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _STARTED[child.pid] = child
    return ProcessRecord(child.pid, psutil.Process(child.pid).create_time())


def find(record: ProcessRecord | None) -> psutil.Process | None:
    """The live process of `record`, or None: a zombie and a stranger under the same pid are not it."""
    if record is None:
        return None
    with contextlib.suppress(*_GONE):
        process = psutil.Process(record.pid)
        same = abs(process.create_time() - record.created) < _CREATED_TOLERANCE
        if same and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def wait_until(ready: Callable[[], bool], record: ProcessRecord, name: str, log: Path, timeout: float = 60) -> None:
    """Raises `PartDiedError` with the end of the log if the process dies, or is not ready in time."""
    deadline = time.monotonic() + timeout
    while not ready():
        if find(record) is None:
            raise PartDiedError(f"{name} ended while starting. The end of {log}:\n{tail(log)}")
        if time.monotonic() > deadline:
            raise PartDiedError(f"{name} did not answer within {timeout:.0f} s. The end of {log}:\n{tail(log)}")
        time.sleep(0.05)


def _own_family() -> set[int]:
    """This command and those above it, which are never leftovers, whatever their environment says."""
    return {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}


def _belongs(process: psutil.Process, state: Path) -> bool:
    with contextlib.suppress(*_GONE):
        if process.status() == psutil.STATUS_ZOMBIE or process.uids().real != os.getuid():
            return False
        environment = process.environ()
        values = (environment[name] for name in MARKERS if name in environment)
        return any(Path(value).is_relative_to(state) for value in values)
    return False


def marked(state: Path) -> list[psutil.Process]:
    """Every process whose environment says that it was started for this state directory."""
    family = _own_family()
    return [p for p in psutil.process_iter() if p.pid not in family and _belongs(p, state)]


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    with contextlib.suppress(*_GONE):
        return process.children(recursive=True)
    return []


def _alive(process: psutil.Process) -> bool:
    """A zombie is gone: in a container nobody may ever wait for it."""
    with contextlib.suppress(*_GONE):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _remaining(processes: Iterable[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Those that are still alive after at most `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while (alive := [process for process in processes if _alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def _end(processes: Sequence[psutil.Process], grace: float) -> list[psutil.Process]:
    """SIGTERM, then SIGKILL after `grace` seconds; returns those that had to be killed."""
    for process in processes:
        with contextlib.suppress(*_GONE):
            process.terminate()
    stubborn = _remaining(processes, grace)
    for process in stubborn:
        with contextlib.suppress(*_GONE):
            process.kill()
    _remaining(stubborn, 5)
    return stubborn


def _leftovers(state: Path, keep: Iterable[ProcessRecord]) -> list[psutil.Process]:
    kept = [process for record in keep if (process := find(record))]
    spared = {process.pid for process in kept} | {child.pid for process in kept for child in _descendants(process)}
    return [process for process in marked(state) if process.pid not in spared]


def end_leftovers(
    state: Path, keep: Iterable[ProcessRecord] = (), more: Iterable[psutil.Process] = (), settle: float = 0
) -> int:
    """Ends what carries the marker, and `more`, but not the parts in `keep` nor what they started; returns how many.

    `settle` seconds are given to orphans that end by themselves once their parent is gone. Raises `LeftoverError` if
    something survives.
    """
    kept, ended = list(keep), 0
    orphans = {process.pid: process for process in [*more, *_leftovers(state, kept)]}
    remaining = _remaining(orphans.values(), settle)
    # A process that was being started while this looked shows its environment only to the next look.
    for _ in range(_LOOKS):
        _end(remaining, 3)
        ended += len(remaining)
        remaining = _leftovers(state, kept)
        if not remaining:
            return ended
    names = ", ".join(f"{process.pid} ({_name(process)})" for process in remaining)
    raise LeftoverError(f"expected nothing left running; found {names}. End them: kill -9 <pid>.")


def stop(
    records: Mapping[str, ProcessRecord],
    order: Sequence[str],
    state: Path,
    grace: float = 20,
    keep: Iterable[ProcessRecord] = (),
) -> Stopped:
    """Ends the parts in `order`, then whatever they leave behind; not the parts in `keep` nor what those started."""
    live = {name: process for name in order if (process := find(records.get(name)))}
    below = [child for process in live.values() for child in _descendants(process)]
    killed = tuple(name for name, process in live.items() if _end([process], grace))
    _reap()
    return Stopped(tuple(live), killed, end_leftovers(state, keep, below, settle=2 if live else 0))


def _name(process: psutil.Process) -> str:
    with contextlib.suppress(*_GONE):
        return process.name()
    return "?"


def _reap() -> None:
    for pid, child in list(_STARTED.items()):
        if child.poll() is not None:
            del _STARTED[pid]
