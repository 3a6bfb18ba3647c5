"""Shares a few worker processes among many invocations.

AWS starts an environment for each concurrent invocation. On a laptop that starts a hundred Python processes for a
burst of events, so here an invocation waits for a worker instead, first for one that is about to be free.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from localcloud.engine.functions.worker import Worker
from localcloud.engine.functions.worker_spec import WorkerSpec

CORES = os.cpu_count() or 2
MAX_WORKERS = max(24, 4 * CORES)
"""Busy and idle ones together. A drop goes round all functions of its stack: with room for fewer, each would find that
the others had just pushed its worker out, and every step would start a process."""
MAX_STARTING = max(2, CORES // 2)
"""Worker processes that import their function at the same time."""
LEASE_SECONDS = 30.0
"""How long an invocation waits for a worker before it is throttled: a function may wait for itself for ever."""
SURPLUS_IDLE_SECONDS, LAST_IDLE_SECONDS = 60.0, 900.0
"""How long a second worker of a function, and the last one, stay idle."""
_REAP_SECONDS = 10.0


class NoWorkerError(RuntimeError):
    """Every worker stayed busy."""


class Pool:
    """Threads may share it. A leased worker must be released; a dead one is forgotten then."""

    def __init__(
        self,
        max_workers: int = MAX_WORKERS,
        max_starting: int = MAX_STARTING,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._max_workers, self._max_starting, self._lease_seconds = (
            max_workers,
            max_starting,
            lease_seconds,
        )
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._closed = False

    def lease(self, spec: WorkerSpec) -> Worker:
        """A worker of `spec`, perhaps not started yet. Raises `NoWorkerError` where none becomes free in time."""
        deadline = time.monotonic() + self._lease_seconds
        with self._changed:
            worker = self._take(spec)
            while worker is None:
                if self._closed or not self._changed.wait(deadline - time.monotonic()):
                    raise NoWorkerError(
                        f"all {self._max_workers} workers stayed busy for {self._lease_seconds:.0f} seconds"
                    )
                worker = self._take(spec)
            self._busy.add(worker)
            return worker

    def _take(self, spec: WorkerSpec) -> Worker | None:
        """An idle worker, or a new one where there is room; None where the caller must wait."""
        idle = self._take_idle(spec)
        if idle:
            return idle
        starting = sum(not worker.ready for worker in self._busy)
        if self._closed or starting >= self._max_starting:
            return None
        if len(self._idle) + len(self._busy) >= self._max_workers:
            if not self._idle:
                return None
            self._end_in_background(self._idle.pop(0))
        return Worker(spec)

    def _take_idle(self, spec: WorkerSpec) -> Worker | None:
        """The worker of `spec` that was busy last. Dead ones are forgotten on the way."""
        for worker in reversed(self._idle[:]):
            if worker.spec == spec:
                self._idle.remove(worker)
                if worker.alive:
                    return worker
        return None

    def worker_started(self) -> None:
        """To be called when a leased worker has become ready, so that the next one may start."""
        with self._changed:
            self._changed.notify_all()

    def release(self, worker: Worker) -> None:
        with self._changed:
            self._busy.discard(worker)
            if worker.alive and not self._closed:
                self._idle.append(worker)
            self._changed.notify_all()

    def discard(self, matches: Callable[[Worker], bool]) -> None:
        """Ends idle workers that match. Busy ones finish and are then left to idle out under their old spec."""
        with self._changed:
            discarded = [worker for worker in self._idle if matches(worker)]
            self._idle = [worker for worker in self._idle if worker not in discarded]
            self._changed.notify_all()
        for worker in discarded:
            worker.kill()

    def reap(self) -> None:
        """Ends workers that have been idle for too long."""
        now = time.monotonic()
        newest = {worker.spec: worker for worker in self._idle}

        def is_expired(worker: Worker) -> bool:
            is_last = newest.get(worker.spec) is worker
            max_idle_seconds = LAST_IDLE_SECONDS if is_last else SURPLUS_IDLE_SECONDS
            return now - worker.last_used > max_idle_seconds

        self.discard(is_expired)

    def start_reaper(self) -> None:
        def run() -> None:
            while not self._closed:
                time.sleep(_REAP_SECONDS)
                self.reap()

        threading.Thread(target=run, daemon=True, name="lambda-reaper").start()

    def close(self) -> None:
        """Ends every worker, busy or not, and refuses further leases."""
        with self._changed:
            self._closed = True
            workers = [*self._idle, *self._busy]
            self._idle.clear()
            self._changed.notify_all()
        for worker in workers:
            worker.kill()

    @staticmethod
    def _end_in_background(worker: Worker) -> None:
        threading.Thread(target=worker.kill, daemon=True).start()
