"""Which training jobs run at once: as many as the machine has memory and cores for, in the order of their creation.

A job is counted with the memory that a training usually takes until its own processes have taken it. So jobs that
have just started cannot be followed by more than there is room for.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

from localcloud.processes import resident_bytes

JOB_BYTES = 2 * 2**30
"""Of a training with torch, and of the process that evaluates or exports beside it."""
MIN_PER_MACHINE = 2
_CGROUP = Path("/sys/fs/cgroup")
HasRoom = Callable[[Iterable[int | None]], bool]
"""Called with the first process of each running job, None where it has none yet: whether one more job has room."""


class Place:
    """One job's place in the queue, and later on the machine. As a context it is left at the end."""

    def __init__(self, queue: MachineQueue, number: int) -> None:
        self._queue = queue
        self.number = number
        """Places of jobs that were created earlier have lower ones."""
        self.pid: int | None = None
        """The first process of the job's program, once there is one."""

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    def join(self) -> None:
        """Waits again, after `leave`, before all jobs that were created later."""
        self._queue.join(self)

    def take(self) -> bool:
        """Takes the machine. False while an earlier job waits, or there is no room; then try again."""
        return self._queue.take(self)

    def leave(self) -> None:
        """Neither waits nor runs any more."""
        self._queue.leave(self)


class MachineQueue:
    """The jobs that wait for this machine and those that run on it. Threads share it."""

    def __init__(self, max_jobs: int, has_room: HasRoom) -> None:
        self._max_jobs = max_jobs
        self._has_room = has_room
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._waiting: set[Place] = set()
        self._running: set[Place] = set()

    @classmethod
    def of_this_machine(cls, max_jobs: int, cpus: int) -> MachineQueue:
        """`max_jobs` counts whatever the machine has; 0 lets its memory and its cores decide."""
        if max_jobs:
            return cls(max_jobs, lambda pids: True)
        return cls(max(MIN_PER_MACHINE, cpus), has_memory)

    def new_place(self) -> Place:
        """A place behind all others, which waits already."""
        with self._lock:
            place = Place(self, next(self._numbers))
            self._waiting.add(place)
            return place

    def join(self, place: Place) -> None:
        with self._lock:
            if place not in self._running:
                self._waiting.add(place)

    def take(self, place: Place) -> bool:
        with self._lock:
            if place in self._running:
                return True
            if place is not self._first() or not self._fits_one_more():
                return False
            self._waiting.discard(place)
            self._running.add(place)
            return True

    def leave(self, place: Place) -> None:
        with self._lock:
            self._waiting.discard(place)
            self._running.discard(place)
            place.pid = None

    def _first(self) -> Place | None:
        return min(self._waiting, key=lambda place: place.number, default=None)

    def _fits_one_more(self) -> bool:
        """One job always runs: without it nothing would ever give memory back."""
        if not self._running:
            return True
        if len(self._running) >= self._max_jobs:
            return False
        return self._has_room([place.pid for place in self._running])


def has_memory(
    pids: Iterable[int | None],
    available: Callable[[], int] | None = None,
    job_bytes: int = JOB_BYTES,
) -> bool:
    """Whether one more job fits beside those of `pids` when each has taken its `job_bytes`."""
    expected = job_bytes
    for pid in pids:
        expected += max(0, job_bytes - (resident_bytes(pid) if pid else 0))
    return (available or available_bytes)() >= expected


def available_bytes(cgroup: Path = _CGROUP) -> int:
    """What processes may still take, within the limit of a container."""
    available = int(psutil.virtual_memory().available)
    limit = _read_number(cgroup / "memory.max")
    used = _read_number(cgroup / "memory.current")
    if limit is None or used is None:
        return available
    return min(available, limit - used + _inactive_file_bytes(cgroup))


def _read_number(path: Path) -> int | None:
    """None where there is no such file, or no number in it (`max`)."""
    text = path.read_text().strip() if path.is_file() else ""
    return int(text) if text.isdigit() else None


def _inactive_file_bytes(cgroup: Path) -> int:
    """The page cache that the kernel frees on demand."""
    path = cgroup / "memory.stat"
    lines = path.read_text().splitlines() if path.is_file() else []
    for line in lines:
        name, _, number = line.partition(" ")
        if name == "inactive_file":
            return int(number)
    return 0
