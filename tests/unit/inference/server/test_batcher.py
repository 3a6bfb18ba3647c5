"""What goes into a pass, and what is refused. The workers here answer when they are told to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import pytest

from inference.server import batcher as module
from inference.server.batcher import PATIENCE, SMALL_PASS, Engine, OverloadedError
from inference.server.workers import Worker, WorkerDiedError
from inference.service import Call, Reply

Scenario = Callable[[Engine, list["Told"]], Awaitable[None]]


class Told:
    """Stands where a process does: each pass waits for `answer` or `die`."""

    batches = True

    def __init__(self) -> None:
        self.passes: list[list[int]] = []
        self._gone = asyncio.Event()
        self._next: asyncio.Future[None] = asyncio.Future()

    @property
    def alive(self) -> bool:
        return not self._gone.is_set()

    async def ask(self, calls: Sequence[Call]) -> list[Reply]:
        self.passes.append([len(call.body) for call in calls])
        await self._next
        return [Reply(200, call.body) for call in calls]

    async def answer(self) -> None:
        """The pass that is going on, and what follows from it."""
        told, self._next = self._next, asyncio.Future()
        told.set_result(None)
        await settle()

    async def die(self) -> None:
        told, self._next = self._next, asyncio.Future()
        self._gone.set()
        told.set_exception(WorkerDiedError())
        await settle()

    async def wait(self) -> None:
        await self._gone.wait()

    async def end(self) -> int:
        self._gone.set()
        return 0


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def play(scenario: Scenario, **options: Any) -> None:
    async def run() -> None:
        made: list[Told] = []

        async def start(_: int) -> Worker:
            made.append(Told())
            return cast(Worker, made[-1])

        engine = await Engine.started(start, **options)
        await settle()
        try:
            await scenario(engine, made)
        finally:
            await engine.close()

    asyncio.run(run())


def of(length: int) -> Call:
    return Call(b"x" * length)


def test_call_that_comes_alone_waits_for_no_other() -> None:
    async def scenario(engine: Engine, workers: list[Told]) -> None:
        reply = engine.submit(of(7))
        await settle()
        assert workers[0].passes == [[7]]
        await workers[0].answer()
        assert reply.result().body == b"x" * 7

    play(scenario)


def test_calls_that_gathered_are_answered_in_shares_the_oldest_and_those_like_it_first() -> None:
    async def scenario(engine: Engine, workers: list[Told]) -> None:
        engine.submit(of(1))
        await settle()
        for length in (10, 90, 11, 91, 12, 92, 13, 93):
            engine.submit(of(length))
        await workers[0].answer()
        await workers[0].answer()
        assert workers[0].passes == [[1], [10, 11, 12, 13], [90, 91, 92, 93]]

    play(scenario)


def test_no_call_is_passed_over_for_long() -> None:
    async def scenario(engine: Engine, workers: list[Told]) -> None:
        engine.submit(of(1))
        engine.submit(of(50))
        await settle()
        odd = engine.submit(of(900))
        passes = 0
        while not odd.done():
            for _ in range(4 * SMALL_PASS):
                engine.submit(of(50))
            await workers[0].answer()
            passes += 1
        assert passes <= PATIENCE + 3

    play(scenario)


def test_calls_of_a_dead_worker_are_asked_again_each_by_itself() -> None:
    async def scenario(engine: Engine, workers: list[Told]) -> None:
        engine.submit(of(1))
        await settle()
        replies = [engine.submit(of(length)) for length in (5, 6)]
        await workers[0].answer()
        await workers[0].die()
        assert len(workers) == 2
        await workers[1].answer()
        await workers[1].answer()
        assert workers[1].passes == [[5], [6]]
        assert [reply.result().status for reply in replies] == [200, 200]

    play(scenario)


def test_call_that_nobody_waits_for_is_left_out() -> None:
    async def scenario(engine: Engine, workers: list[Told]) -> None:
        engine.submit(of(1))
        await settle()
        gone, here = engine.submit(of(5)), engine.submit(of(6))
        gone.cancel()
        await workers[0].answer()
        await workers[0].answer()
        assert workers[0].passes == [[1], [6]]
        assert here.done()
        assert engine.pending == 0

    play(scenario)


def test_full_queue_refuses() -> None:
    async def scenario(engine: Engine, workers: list[Told]) -> None:
        for _ in range(3):
            engine.submit(of(1))
        with pytest.raises(OverloadedError, match=r"^3 requests are waiting for the model$") as caught:
            engine.submit(of(1))
        assert caught.value.retry_after == 1

    play(scenario, capacity=3)


def test_queue_that_would_take_too_long_refuses_before_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(engine: Engine, workers: list[Told]) -> None:
        engine.submit(of(1))
        await settle()
        await asyncio.sleep(0.05)
        await workers[0].answer()
        for _ in range(20):
            try:
                engine.submit(of(1))
            except OverloadedError:
                break
        assert 1 < engine.pending < 20

    monkeypatch.setattr(module, "LONGEST_WAIT", 0.3)
    play(scenario)


def test_pass_that_everyone_left_ends_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(engine: Engine, workers: list[Told]) -> None:
        reply = engine.submit(of(1))
        await settle()
        reply.cancel()
        while len(workers) == 1:
            await asyncio.sleep(0.01)
        assert not workers[0].alive
        assert workers[1].alive

    monkeypatch.setattr(module, "ABANDONED", 0.02)
    play(scenario)


def test_pass_that_takes_too_long_is_answered_504() -> None:
    async def scenario(engine: Engine, workers: list[Told]) -> None:
        reply = await engine.submit(of(1))
        assert reply.status == 504
        await settle()
        assert len(workers) == 2

    play(scenario, timeout=0.02)
