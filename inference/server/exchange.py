"""The server's talk with a worker whose model writes: calls go to it as they come, and pieces of answers come back.

queue ---> feed ---> worker ---> read ---> futures of replies; streams, whose pieces the HTTP app sends on
"""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, cast

from ..protocols.messages import Call, Reply
from .ipc import Kind, Update

OPEN_CALLS = 64
"""How many calls a worker has at once; the others wait in the queue."""
SILENT_SECONDS = 60.0
"""A worker that sends nothing for so long while a call times out is stuck."""
PIECES = 10_000
"""How many pieces of a stream wait for a slow client; beyond it the stream is cut off."""


class StreamCutError(ConnectionError):
    """A stream ends before its end: the worker died, or the client reads too slowly."""


@dataclass(frozen=True)
class StreamReply:
    """A reply whose body comes in pieces. Iterating raises `StreamCutError`; closing the iterator ends the call."""

    head: Reply
    pieces: AsyncIterator[bytes]


AnyReply: TypeAlias = Reply | StreamReply


class WaitingCall(Protocol):
    """A call in the queue."""

    call: Call
    reply: asyncio.Future[AnyReply]
    worker_deaths: int


class ContinuousWorker(Protocol):
    def post(self, number: int, call: Call | None) -> None: ...
    async def updates(self) -> list[Update]: ...


@dataclass(eq=False)
class _Open:
    """A call that the worker has."""

    waiting: WaitingCall
    timer: asyncio.TimerHandle | None = None
    pieces: asyncio.Queue[bytes | None] | None = None
    """The pieces of a stream, after its head: None is its end."""
    cut: bool = False
    closed: asyncio.Event = field(default_factory=asyncio.Event)


class Exchange:
    """Lives as long as its worker."""

    def __init__(
        self,
        worker: ContinuousWorker,
        next_call: Callable[[], Awaitable[WaitingCall]],
        timeout_seconds: float,
        timeout_reply: Callable[[], Reply],
    ) -> None:
        """`next_call` waits for the next call of the queue and takes it."""
        self._worker = worker
        self._next_call = next_call
        self._timeout_seconds = timeout_seconds
        self._timeout_reply = timeout_reply
        self._numbers = itertools.count()
        self._open: dict[int, _Open] = {}
        self._slots = asyncio.Semaphore(OPEN_CALLS)
        self._held: WaitingCall | None = None
        """The call that is taken from the queue and not sent yet."""
        self._last_update = 0.0
        self._stuck: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Never returns; raises what ends the worker: `WorkerDiedError`, or `TimeoutError` for one that is stuck."""
        tasks = [asyncio.create_task(self._feed()), asyncio.create_task(self._read())]
        waited: list[asyncio.Future[None]] = [*tasks, self._stuck]
        try:
            done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._stuck.done() and not self._stuck.cancelled():
                self._stuck.exception()

    def end(self) -> list[WaitingCall]:
        """Cuts off the streams; the calls that another worker may answer from their beginning, in order."""
        unanswered: list[WaitingCall] = []
        for number in sorted(self._open):
            open_call = self._open[number]
            if not open_call.waiting.reply.done():
                unanswered.append(open_call.waiting)
            self._cut_off(number)
        if self._held is not None:
            unanswered.append(self._held)
        return unanswered

    async def _feed(self) -> None:
        while True:
            await self._slots.acquire()
            waiting = self._held = await self._next_call()
            if waiting.worker_deaths:
                # If it is to blame for a worker's end, it harms no other.
                await self._until_idle()
            open_call = self._post(waiting)
            self._held = None
            if waiting.worker_deaths:
                await open_call.closed.wait()

    async def _until_idle(self) -> None:
        while self._open:
            await next(iter(self._open.values())).closed.wait()

    def _post(self, waiting: WaitingCall) -> _Open:
        number = next(self._numbers)
        open_call = _Open(waiting)
        self._open[number] = open_call
        if math.isfinite(self._timeout_seconds):
            loop = asyncio.get_running_loop()
            open_call.timer = loop.call_later(
                self._timeout_seconds, self._time_out, number
            )
        waiting.reply.add_done_callback(lambda reply: self._after_reply(number, reply))
        self._worker.post(number, waiting.call)
        return open_call

    def _after_reply(self, number: int, reply: asyncio.Future[AnyReply]) -> None:
        """A call that nobody waits for any more is taken from the worker."""
        if reply.cancelled():
            self._abandon(number)

    def _abandon(self, number: int) -> None:
        if number in self._open:
            self._worker.post(number, None)
            self._close(number)

    def _close(self, number: int) -> None:
        open_call = self._open.pop(number)
        if open_call.timer:
            open_call.timer.cancel()
        open_call.closed.set()
        self._slots.release()

    def _time_out(self, number: int) -> None:
        open_call = self._open[number]
        if not open_call.waiting.reply.done():
            open_call.waiting.reply.set_result(self._timeout_reply())
        self._worker.post(number, None)
        self._cut_off(number)
        silent_seconds = asyncio.get_running_loop().time() - self._last_update
        if silent_seconds > SILENT_SECONDS and not self._stuck.done():
            self._stuck.set_exception(TimeoutError("the worker is stuck"))

    def _cut_off(self, number: int) -> None:
        open_call = self._open[number]
        if open_call.pieces is not None:
            open_call.cut = True
            with suppress(asyncio.QueueFull):
                open_call.pieces.put_nowait(None)
        self._close(number)

    async def _read(self) -> None:
        while True:
            updates = await self._worker.updates()
            self._last_update = asyncio.get_running_loop().time()
            for update in updates:
                # What nobody waits for any more may still be on its way.
                if update.number in self._open:
                    self._take(update)

    def _take(self, update: Update) -> None:
        open_call = self._open[update.number]
        reply = open_call.waiting.reply
        if update.kind is Kind.REPLY:
            if not reply.done():
                reply.set_result(cast(Reply, update.content))
            self._close(update.number)
        elif update.kind is Kind.HEAD:
            open_call.pieces = asyncio.Queue(PIECES)
            if not reply.done():
                pieces = self._pieces(update.number, open_call)
                reply.set_result(StreamReply(cast(Reply, update.content), pieces))
        elif update.kind is Kind.FAILURE:
            self._cut_off(update.number)
        else:
            self._pass_on(update, open_call)

    def _pass_on(self, update: Update, open_call: _Open) -> None:
        assert open_call.pieces is not None
        is_end = update.kind is Kind.END
        try:
            open_call.pieces.put_nowait(None if is_end else cast(bytes, update.content))
        except asyncio.QueueFull:
            self._worker.post(update.number, None)
            self._cut_off(update.number)
            return
        if is_end:
            self._close(update.number)

    async def _pieces(self, number: int, open_call: _Open) -> AsyncIterator[bytes]:
        assert open_call.pieces is not None
        try:
            while True:
                piece = await open_call.pieces.get()
                if piece is None and not open_call.cut:
                    return
                if open_call.cut and open_call.pieces.empty():
                    raise StreamCutError("the stream was cut off")
                yield piece or b""
        finally:
            self._abandon(number)
