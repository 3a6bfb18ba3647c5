"""The queue between the event loop and the model.

    event loop:  submit ---> queue ---> worker thread: take what is there, answer it in one pass ---> futures

An idle worker takes a call at once, alone; while it works, calls gather, and the next pass answers them together.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Sequence

from .service import Call, Reply, Service, failure

logger = logging.getLogger(__name__)

CAPACITY = 256
BATCH_CALLS = 64
BATCH_BYTES = 65_536
"""A pass is over soon, whatever is in it: bytes stand for tokens. A larger call is answered by itself."""

Job = tuple[Call, "asyncio.Future[Reply]"]


class OverloadedError(RuntimeError):
    """More calls wait than can be answered in reasonable time."""


class Engine:
    """`submit` belongs to the event loop's thread; the service runs in `workers` threads of its own."""

    def __init__(self, service: Service, workers: int = 1, capacity: int = CAPACITY) -> None:
        self._service = service
        self._capacity = capacity
        self._queue: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self.pending = 0
        for number in range(workers):
            threading.Thread(target=self._work, name=f"model-{number}", daemon=True).start()

    def submit(self, call: Call) -> asyncio.Future[Reply]:
        """Cancel the future if nobody waits any more. Raises `OverloadedError` rather than queue without bound."""
        if self.pending >= self._capacity:
            raise OverloadedError(f"{self.pending} requests are waiting for the model")
        future: asyncio.Future[Reply] = self._loop.create_future()
        self.pending += 1
        self._queue.put((call, future))
        return future

    def _work(self) -> None:
        left_over: Job | None = None
        while True:
            jobs, left_over = self._take(left_over or self._queue.get())
            # Nobody waits for a cancelled call any more.
            wanted = [job for job in jobs if not job[1].cancelled()]
            replies = self._answer([call for call, _ in wanted])
            self._loop.call_soon_threadsafe(self._deliver, wanted, replies, len(jobs))

    def _take(self, first: Job) -> tuple[list[Job], Job | None]:
        """The first job and those already waiting that fit with it; one that did not fit."""
        jobs, size = [first], len(first[0].body)
        while self._service.batches and len(jobs) < BATCH_CALLS:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                break
            size += len(job[0].body)
            if size > BATCH_BYTES:
                return jobs, job
            jobs.append(job)
        return jobs, None

    def _answer(self, calls: list[Call]) -> Sequence[Reply]:
        try:
            return self._service.respond_many(calls) if calls else []
        except Exception as error:
            return [failure(error)] * len(calls)

    def _deliver(self, jobs: list[Job], replies: Sequence[Reply], taken: int) -> None:
        self.pending -= taken
        for (_, future), reply in zip(jobs, replies, strict=True):
            if not future.done():
                future.set_result(reply)
