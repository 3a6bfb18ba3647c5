"""The queue between the callers and the model's processes.

    submit ---> queue ---> a worker takes what is there ---> answers it as one batch ---> futures

An idle worker takes a call at once, alone; while it works, calls gather, and the next batch answers them together.
Everything here runs on the event loop; only the workers compute.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import cast

from ..protocols.errors import ArchiveError
from ..protocols.messages import Call, Reply, error_reply
from .exchange import AnyReply, Exchange
from .workers import Worker, WorkerDiedError

logger = logging.getLogger(__name__)

CAPACITY_CALLS = 256
BATCH_CALLS = 64
BATCH_BYTES = 65_536
"""A batch is over soon, whatever is in it: bytes stand for tokens. A larger call is answered by itself."""
SMALL_BATCH_CALLS = 4
"""Fewer calls are not shared out: a batch costs as much as a dozen tokens, whatever is in it."""
MAX_SKIPPED_BATCHES = 3
"""A call that so many batches left out for its length is in the next."""
MAX_WAIT_SECONDS = 50.0
"""SageMaker gives a request up after 60: one that would wait this long is better refused at once."""
ABANDONED_BATCH_SECONDS = 60.0
"""How long a batch may go on when all its callers have left."""
MAX_WORKER_DEATHS = 3
"""A call that so many dying workers held is not given to another."""
FIRST_RESTART_DELAY_SECONDS = 1.0
MAX_RESTART_DELAY_SECONDS = 30.0
PACE_MEMORY = 0.8
"""The share of the former value in the moving average of the seconds a call takes."""

StartWorker = Callable[[int], Awaitable[Worker]]
"""Starts the worker of a number."""


class OverloadedError(RuntimeError):
    """More calls wait than can be answered in reasonable time."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


@dataclass(eq=False)
class PendingCall:
    """A call in the queue or with a worker, and the future its caller waits for."""

    call: Call
    reply: asyncio.Future[AnyReply]
    worker_deaths: int = 0
    skipped_batches: int = 0

    @property
    def length(self) -> int:
        return len(self.call.body)


class Batcher:
    """Belongs to one event loop; `start` creates it."""

    def __init__(
        self,
        start_worker: StartWorker,
        workers: int,
        capacity: int,
        timeout_seconds: float,
        worker_died_reply: Reply | None,
    ) -> None:
        self._start_worker = start_worker
        self._workers = workers
        self._capacity = capacity
        self._timeout_seconds = timeout_seconds
        self._worker_died_reply = worker_died_reply
        self._queue: deque[PendingCall] = deque()
        self._queue_changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready_workers = 0
        self._seconds_per_call = 0.0
        self.pending = 0

    @classmethod
    async def start(
        cls,
        start_worker: StartWorker,
        workers: int = 1,
        capacity: int = CAPACITY_CALLS,
        timeout_seconds: float = math.inf,
        worker_died_reply: Reply | None = None,
    ) -> Batcher:
        """A batcher whose first worker is ready; the others follow. Raises `ArchiveError`.

        `worker_died_reply` answers the calls of a worker that dies; without it, another worker gets them.
        """
        batcher = cls(
            start_worker, workers, capacity, timeout_seconds, worker_died_reply
        )
        # The first installs what the archive's code requires: the others find it there.
        first = await start_worker(0)
        for number in range(workers):
            worker = first if number == 0 else None
            batcher._tasks.add(asyncio.create_task(batcher._supervise(number, worker)))
        return batcher

    @property
    def ready(self) -> bool:
        """Whether a worker is there to answer."""
        return self._ready_workers > 0

    def submit(self, call: Call) -> asyncio.Future[AnyReply]:
        """The future reply; cancel it if nobody waits any more. Raises `OverloadedError` where the queue is full."""
        wait_seconds = self.pending * self._seconds_per_call / self._workers
        if self.pending >= self._capacity or wait_seconds > MAX_WAIT_SECONDS:
            retry_after = max(1, math.ceil(min(wait_seconds, MAX_WAIT_SECONDS) / 2))
            raise OverloadedError(
                f"{self.pending} requests are waiting for the model", retry_after
            )
        pending = PendingCall(call, asyncio.get_running_loop().create_future())
        self.pending += 1
        pending.reply.add_done_callback(self._one_less)
        self._queue.append(pending)
        self._queue_changed.set()
        return pending.reply

    async def close(self) -> None:
        """Ends the workers; what still waits is cancelled."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _one_less(self, _: asyncio.Future[AnyReply]) -> None:
        self.pending -= 1

    async def _supervise(self, number: int, worker: Worker | None) -> None:
        """Keeps a worker of this number running, for ever."""
        while True:
            worker = worker or await self._restart(number)
            self._ready_workers += 1
            # An idle worker is read from only once it has calls: this notices its end before.
            watch = asyncio.create_task(worker.wait())
            watch.add_done_callback(lambda _: self._queue_changed.set())
            try:
                await (
                    self._exchange(worker) if worker.continuous else self._serve(worker)
                )
            except WorkerDiedError:
                logger.error("worker %d died; starting another", number)
            finally:
                self._ready_workers -= 1
                await worker.stop()
                await watch
            worker = None

    async def _restart(self, number: int) -> Worker:
        """A new worker of this number, after as many attempts as it takes."""
        delay = FIRST_RESTART_DELAY_SECONDS
        while True:
            try:
                return await self._start_worker(number)
            except (ArchiveError, OSError) as error:
                logger.error(
                    "worker %d cannot start again, next attempt in %.0f s: %s",
                    number,
                    delay,
                    error,
                )
            await asyncio.sleep(delay)
            delay = min(2 * delay, MAX_RESTART_DELAY_SECONDS)

    async def _exchange(self, worker: Worker) -> None:
        """Passes calls to a worker as they come. Raises `WorkerDiedError`, having requeued what it had."""

        async def next_call() -> PendingCall:
            await self._wait_for_calls(worker)
            return self._queue.popleft()

        exchange = Exchange(
            worker,
            next_call,
            self._timeout_seconds,
            lambda: self._worker_died_reply or self._timeout_reply(),
        )
        try:
            await exchange.run()
        except (WorkerDiedError, TimeoutError):
            self._requeue(cast("list[PendingCall]", exchange.end()))
            raise WorkerDiedError from None

    async def _serve(self, worker: Worker) -> None:
        """Answers batches, one after the other. Raises `WorkerDiedError`, having requeued the calls of the last."""
        loop = asyncio.get_running_loop()
        while True:
            batch = await self._next_batch(worker)
            start = loop.time()
            try:
                replies = await self._answer(worker, batch)
            except WorkerDiedError:
                self._requeue(batch)
                raise
            self._update_pace((loop.time() - start) / len(batch))
            for pending, reply in zip(batch, replies, strict=True):
                if not pending.reply.done():
                    pending.reply.set_result(reply)

    async def _next_batch(self, worker: Worker) -> list[PendingCall]:
        """The oldest call and those that fit with it. Raises `WorkerDiedError`."""
        await self._wait_for_calls(worker)
        # A call that was there when a worker died goes alone: if it is to blame, it harms no other.
        if not worker.batches or self._queue[0].worker_deaths:
            return [self._queue.popleft()]
        batch = self._similar_calls()
        taken = set(map(id, batch))
        self._queue = deque(
            pending
            for pending in self._queue
            if id(pending) not in taken and not pending.reply.done()
        )
        for pending in self._queue:
            pending.skipped_batches += 1
        return batch

    async def _wait_for_calls(self, worker: Worker) -> None:
        """Returns once a caller waits at the head of the queue. Raises `WorkerDiedError`."""
        while True:
            if not worker.alive:
                raise WorkerDiedError
            # Nobody waits for a cancelled call any more.
            while self._queue and self._queue[0].reply.done():
                self._queue.popleft()
            if self._queue:
                return
            self._queue_changed.clear()
            await self._queue_changed.wait()

    def _similar_calls(self) -> list[PendingCall]:
        """The oldest call, those that were skipped too often, and of the others those of most similar length."""
        oldest, *others = (
            pending
            for pending in self._queue
            if not pending.reply.done() and not pending.worker_deaths
        )
        others.sort(
            key=lambda pending: (
                pending.skipped_batches < MAX_SKIPPED_BATCHES,
                abs(pending.length - oldest.length),
            )
        )
        batch = [oldest]
        size = oldest.length
        for pending in others[: self._batch_calls() - 1]:
            size += pending.length
            if size > BATCH_BYTES:
                break
            batch.append(pending)
        return batch

    def _batch_calls(self) -> int:
        """How many calls a batch takes of those that wait: others come while it is answered."""
        share = math.ceil(len(self._queue) / (self._workers + 1))
        return min(BATCH_CALLS, max(SMALL_BATCH_CALLS, share))

    async def _answer(
        self, worker: Worker, batch: Sequence[PendingCall]
    ) -> Sequence[Reply]:
        """The worker's replies. Raises `WorkerDiedError`, also for a worker that had to be given up."""
        response = asyncio.ensure_future(
            worker.respond([pending.call for pending in batch])
        )
        try:
            waited = 0.0
            while waited < self._timeout_seconds:
                interval = min(ABANDONED_BATCH_SECONDS, self._timeout_seconds - waited)
                done, _ = await asyncio.wait([response], timeout=interval)
                if done:
                    return response.result()
                waited += interval
                if all(pending.reply.done() for pending in batch):
                    raise WorkerDiedError
            self._reply_to_all(batch, self._worker_died_reply or self._timeout_reply())
            raise WorkerDiedError
        finally:
            response.cancel()

    def _timeout_reply(self) -> Reply:
        seconds = f"{self._timeout_seconds:.0f} s"
        message = f"expected an answer within {seconds}; the model took longer. Send fewer inputs a request."
        return error_reply(504, "ModelTimeout", message)

    def _requeue(self, batch: Sequence[PendingCall]) -> None:
        """Puts the calls back at the head of the queue, in order; those that saw too many deaths are answered."""
        for pending in reversed(batch):
            pending.worker_deaths += 1
            if pending.reply.done():
                continue
            if self._worker_died_reply:
                self._reply_to_all([pending], self._worker_died_reply)
            elif pending.worker_deaths < MAX_WORKER_DEATHS:
                self._queue.appendleft(pending)
            else:
                deaths = pending.worker_deaths
                message = f"the model's process died {deaths} times while it answered this request."
                self._reply_to_all([pending], error_reply(500, "WorkerDied", message))
        self._queue_changed.set()

    def _reply_to_all(self, batch: Sequence[PendingCall], reply: Reply) -> None:
        for pending in batch:
            if not pending.reply.done():
                pending.reply.set_result(reply)

    def _update_pace(self, seconds: float) -> None:
        """Moving average of the seconds a call takes, the last ones counting most."""
        if not self._seconds_per_call:
            self._seconds_per_call = seconds
        else:
            self._seconds_per_call = (
                PACE_MEMORY * self._seconds_per_call + (1 - PACE_MEMORY) * seconds
            )
