"""The queue between the callers and the model's processes.

    submit ---> queue ---> a worker takes what is there ---> answers it in one pass ---> futures

An idle worker takes a call at once, alone; while it works, calls gather, and the next pass answers them together.
Everything here runs on the event loop; only the workers compute.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from ..errors import ArchiveError
from ..protocols.messages import Call, Reply, error_reply
from .workers import Worker, WorkerDiedError

logger = logging.getLogger(__name__)

CAPACITY = 256
BATCH_CALLS = 64
BATCH_BYTES = 65_536
"""A pass is over soon, whatever is in it: bytes stand for tokens. A larger call is answered by itself."""
SMALL_PASS = 4
"""Calls. Fewer are not shared out: a pass costs as much as a dozen tokens, whatever is in it."""
PATIENCE = 3
"""Passes. A call that was left out of so many for its length is in the next."""
LONGEST_WAIT = 50.0
"""Seconds. SageMaker gives a request up after 60: one that would wait this long is better refused at once."""
ABANDONED = 60.0
"""Seconds that a pass may go on when all its callers have left."""
DEATHS = 3
"""A call that was with a worker at the end of so many is not given to another."""
SLOWEST_RESTART = 30.0

Start = Callable[[int], Awaitable[Worker]]


class OverloadedError(RuntimeError):
    """More calls wait than can be answered in reasonable time; `retry_after` in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(eq=False)
class Job:
    call: Call
    reply: asyncio.Future[Reply]
    deaths: int = 0
    passed_over: int = 0


class Engine:
    """Made by `started`; belongs to one event loop."""

    def __init__(self, start: Start, workers: int, capacity: int, timeout: float, death: Reply | None) -> None:
        self._start, self._workers, self._capacity = start, workers, capacity
        self._timeout, self._death = timeout, death
        self._queue: deque[Job] = deque()
        self._more = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = 0
        self._pace = 0.0
        self.pending = 0

    @classmethod
    async def started(
        cls,
        start: Start,
        workers: int = 1,
        capacity: int = CAPACITY,
        timeout: float = math.inf,
        death: Reply | None = None,
    ) -> Engine:
        """With the first worker ready; the others follow. Raises `ArchiveError`.

        `death` answers the calls of a worker that dies; without it, they are asked again.
        """
        engine = cls(start, workers, capacity, timeout, death)
        # The first installs what the archive's code requires: the others find it there.
        first = await start(0)
        for number in range(workers):
            task = asyncio.create_task(engine._keep(number, first if number == 0 else None))
            engine._tasks.add(task)
        return engine

    @property
    def ready(self) -> bool:
        """Whether a worker is there to answer."""
        return self._ready > 0

    def submit(self, call: Call) -> asyncio.Future[Reply]:
        """Cancel the future if nobody waits any more. Raises `OverloadedError` rather than queue without bound."""
        wait = self.pending * self._pace / self._workers
        if self.pending >= self._capacity or wait > LONGEST_WAIT:
            seconds = max(1, math.ceil(min(wait, LONGEST_WAIT) / 2))
            raise OverloadedError(f"{self.pending} requests are waiting for the model", seconds)
        job = Job(call, asyncio.get_running_loop().create_future())
        self.pending += 1
        job.reply.add_done_callback(self._one_less)
        self._queue.append(job)
        self._more.set()
        return job.reply

    async def close(self) -> None:
        """Ends the workers; what still waits is cancelled."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _one_less(self, _: asyncio.Future[Reply]) -> None:
        self.pending -= 1

    async def _keep(self, number: int, worker: Worker | None) -> None:
        """A worker of this number, for ever: another when one dies."""
        delay = 1.0
        while True:
            try:
                worker = worker or await self._start(number)
            except (ArchiveError, OSError) as error:
                logger.error("worker %d cannot start again, next attempt in %.0f s: %s", number, delay, error)
                await asyncio.sleep(delay)
                delay = min(2 * delay, SLOWEST_RESTART)
                continue
            delay = 1.0
            self._ready += 1
            # An idle one takes its part in the conversation only once it is asked: its end is to be noticed before.
            watch = asyncio.create_task(worker.wait())
            watch.add_done_callback(lambda _: self._more.set())
            try:
                await self._serve(worker)
            except WorkerDiedError:
                logger.error("worker %d died; starting another", number)
            finally:
                self._ready -= 1
                await worker.end()
                await watch
            worker = None

    async def _serve(self, worker: Worker) -> None:
        """Passes, one after the other. Raises `WorkerDiedError`, the calls of its last pass being seen to."""
        while True:
            jobs = await self._take(worker)
            began = asyncio.get_running_loop().time()
            try:
                replies = await self._pass(worker, jobs)
            except WorkerDiedError:
                self._put_back(jobs)
                raise
            self._learn((asyncio.get_running_loop().time() - began) / len(jobs))
            for job, reply in zip(jobs, replies, strict=True):
                if not job.reply.done():
                    job.reply.set_result(reply)

    async def _take(self, worker: Worker) -> list[Job]:
        """The oldest job and those that fit with it. Raises `WorkerDiedError`."""
        while True:
            if not worker.alive:
                raise WorkerDiedError
            # Nobody waits for a cancelled one any more.
            while self._queue and self._queue[0].reply.done():
                self._queue.popleft()
            if self._queue:
                break
            self._more.clear()
            await self._more.wait()
        # One that was there when a worker died goes alone: if it is to blame, it harms no other.
        if not worker.batches or self._queue[0].deaths:
            return [self._queue.popleft()]
        jobs = self._neighbours()
        taken = set(map(id, jobs))
        self._queue = deque(job for job in self._queue if id(job) not in taken and not job.reply.done())
        for job in self._queue:
            job.passed_over += 1
        return jobs

    def _neighbours(self) -> list[Job]:
        """The oldest job, those that were passed over too often, and of the others those most like it in length."""
        oldest, *others = (job for job in self._queue if not job.reply.done() and not job.deaths)
        length = len(oldest.call.body)
        others.sort(key=lambda job: (job.passed_over < PATIENCE, abs(len(job.call.body) - length)))
        jobs, size = [oldest], length
        for job in others[: self._share() - 1]:
            size += len(job.call.body)
            if size > BATCH_BYTES:
                break
            jobs.append(job)
        return jobs

    def _share(self) -> int:
        """Of what waits, so much a pass: while it is answered, the callers of the one before send their next."""
        return min(BATCH_CALLS, max(SMALL_PASS, math.ceil(len(self._queue) / (self._workers + 1))))

    async def _pass(self, worker: Worker, jobs: Sequence[Job]) -> Sequence[Reply]:
        """Raises `WorkerDiedError`, also for a worker that had to be given up."""
        asked = asyncio.ensure_future(worker.ask([job.call for job in jobs]))
        try:
            waited = 0.0
            while waited < self._timeout:
                patience = min(ABANDONED, self._timeout - waited)
                done, _ = await asyncio.wait([asked], timeout=patience)
                if done:
                    return asked.result()
                waited += patience
                if all(job.reply.done() for job in jobs):
                    raise WorkerDiedError
            message = (
                f"expected an answer within {self._timeout:.0f} s; the model took longer. Send fewer inputs a request."
            )
            self._refuse(jobs, self._death or error_reply(504, "ModelTimeout", message))
            raise WorkerDiedError
        finally:
            asked.cancel()

    def _put_back(self, jobs: Sequence[Job]) -> None:
        """To the head of the queue, in order; those that saw too many workers die are answered."""
        for job in reversed(jobs):
            job.deaths += 1
            if job.reply.done():
                continue
            if self._death:
                self._refuse([job], self._death)
            elif job.deaths < DEATHS:
                self._queue.appendleft(job)
            else:
                message = f"the model's process died {job.deaths} times while it answered this request."
                self._refuse([job], error_reply(500, "WorkerDied", message))
        self._more.set()

    def _refuse(self, jobs: Sequence[Job], reply: Reply) -> None:
        for job in jobs:
            if not job.reply.done():
                job.reply.set_result(reply)

    def _learn(self, seconds: float) -> None:
        """How long a call takes, the last ones counting most."""
        self._pace = seconds if not self._pace else 0.8 * self._pace + 0.2 * seconds
