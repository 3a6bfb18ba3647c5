"""Shares a few worker processes among many invocations.

AWS starts an environment for each concurrent invocation. On a laptop that starts a hundred Python processes for a
burst of events, so here an invocation waits for a worker instead, first for one that is about to be free.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from localcloud.engine.functions.worker import Recipe, Worker

CORES = os.cpu_count() or 2
LIMIT = max(12, 4 * CORES)
"""Worker processes at most, busy and idle."""
STARTING = max(2, CORES // 2)
"""Worker processes that import their function at the same time."""
PATIENCE = 30.0
"""Seconds an invocation waits for a worker before it is throttled; a function that calls itself could wait for ever."""
SURPLUS_SECONDS, IDLE_SECONDS = 60.0, 900.0
"""How long a second worker of a function, and the last one, stay idle."""


class NoWorkerError(RuntimeError):
    """Every worker stayed busy."""


class Pool:
    """Thread-safe. A leased worker must be released; a dead one is forgotten then."""

    def __init__(self, limit: int = LIMIT, starting: int = STARTING, patience: float = PATIENCE) -> None:
        self._limit, self._starting, self._patience = limit, starting, patience
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._closed = False

    def lease(self, recipe: Recipe) -> Worker:
        """A worker of `recipe`, perhaps not started yet. Raises `NoWorkerError` after `patience` seconds."""
        deadline = time.monotonic() + self._patience
        with self._changed:
            while (worker := self._take(recipe)) is None:
                if self._closed or not self._changed.wait(deadline - time.monotonic()):
                    raise NoWorkerError(f"all {self._limit} workers stayed busy for {self._patience:.0f} seconds")
            self._busy.add(worker)
            return worker

    def _take(self, recipe: Recipe) -> Worker | None:
        while found := next((w for w in reversed(self._idle) if w.recipe == recipe), None):
            self._idle.remove(found)
            if found.alive:
                return found
        if self._closed or sum(not worker.ready for worker in self._busy) >= self._starting:
            return None
        if len(self._idle) + len(self._busy) >= self._limit:
            if not self._idle:
                return None
            self._end(self._idle.pop(0))
        return Worker(recipe)

    def started(self) -> None:
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
        """Ends idle workers that match; busy ones finish and are then left to idle out under their old recipe."""
        with self._changed:
            doomed = [worker for worker in self._idle if matches(worker)]
            self._idle = [worker for worker in self._idle if worker not in doomed]
            self._changed.notify_all()
        for worker in doomed:
            worker.kill()

    def reap(self) -> None:
        """Ends workers that have been idle for too long."""
        now = time.monotonic()
        newest = {worker.recipe: worker for worker in self._idle}

        def expired(worker: Worker) -> bool:
            limit = IDLE_SECONDS if newest.get(worker.recipe) is worker else SURPLUS_SECONDS
            return now - worker.last_used > limit

        self.discard(expired)

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
    def _end(worker: Worker) -> None:
        threading.Thread(target=worker.kill, daemon=True).start()

    def start_reaper(self, every: float = 10.0) -> None:
        def run() -> None:
            while not self._closed:
                time.sleep(every)
                self.reap()

        threading.Thread(target=run, daemon=True, name="lambda-reaper").start()
