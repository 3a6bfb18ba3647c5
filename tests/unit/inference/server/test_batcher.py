"""Which calls a batch holds, and which are refused. The workers here answer when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from inference.server import batcher as batcher_module
from inference.server.batcher import (
    MAX_SKIPPED_BATCHES,
    SMALL_BATCH_CALLS,
    Batcher,
    OverloadedError,
)
from inference.server.workers import WorkerDiedError
from inference.service import Call, Reply
from tests.unit.inference.server import scenarios
from tests.unit.inference.server.scenarios import settle

Scenario = Callable[[Batcher, list["FakeWorker"]], Awaitable[None]]


class FakeWorker:
    """Stands in for a process: each batch waits for `answer` or `die`."""

    batches = True
    continuous = False

    def __init__(self) -> None:
        self.batches_seen: list[list[int]] = []
        self._gone = asyncio.Event()
        self._next: asyncio.Future[None] = asyncio.Future()

    @property
    def alive(self) -> bool:
        return not self._gone.is_set()

    async def respond(self, calls: Sequence[Call]) -> list[Reply]:
        self.batches_seen.append([len(call.body) for call in calls])
        await self._next
        return [Reply(200, call.body) for call in calls]

    async def answer(self) -> None:
        """Ends the current batch, and waits for what follows from it."""
        current, self._next = self._next, asyncio.Future()
        current.set_result(None)
        await settle()

    async def die(self) -> None:
        current, self._next = self._next, asyncio.Future()
        self._gone.set()
        current.set_exception(WorkerDiedError())
        await settle()

    async def wait(self) -> None:
        await self._gone.wait()

    async def stop(self) -> int:
        self._gone.set()
        return 0


def play(scenario: Scenario, **options: Any) -> None:
    scenarios.play(FakeWorker, scenario, **options)


def whole(reply: asyncio.Future[Any]) -> Reply:
    """The reply, of a worker that sends none in pieces."""
    result = reply.result()
    assert isinstance(result, Reply)
    return result


def of(length: int) -> Call:
    return Call(b"x" * length)


def test_call_that_comes_alone_waits_for_no_other() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        reply = batcher.submit(of(7))
        await settle()
        assert workers[0].batches_seen == [[7]]
        await workers[0].answer()
        assert whole(reply).body == b"x" * 7

    play(scenario)


def test_calls_that_gathered_are_answered_in_shares_the_oldest_and_those_like_it_first() -> (
    None
):
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        batcher.submit(of(1))
        await settle()
        for length in (10, 90, 11, 91, 12, 92, 13, 93):
            batcher.submit(of(length))
        await workers[0].answer()
        await workers[0].answer()
        assert workers[0].batches_seen == [[1], [10, 11, 12, 13], [90, 91, 92, 93]]

    play(scenario)


def test_no_call_is_passed_over_for_long() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        batcher.submit(of(1))
        batcher.submit(of(50))
        await settle()
        odd = batcher.submit(of(900))
        passes = 0
        while not odd.done():
            for _ in range(4 * SMALL_BATCH_CALLS):
                batcher.submit(of(50))
            await workers[0].answer()
            passes += 1
        assert passes <= MAX_SKIPPED_BATCHES + 3

    play(scenario)


def test_calls_of_a_dead_worker_are_asked_again_each_by_itself() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        batcher.submit(of(1))
        await settle()
        replies = [batcher.submit(of(length)) for length in (5, 6)]
        await workers[0].answer()
        await workers[0].die()
        assert len(workers) == 2
        await workers[1].answer()
        await workers[1].answer()
        assert workers[1].batches_seen == [[5], [6]]
        assert [whole(reply).status for reply in replies] == [200, 200]

    play(scenario)


def test_call_that_nobody_waits_for_is_left_out() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        batcher.submit(of(1))
        await settle()
        gone, here = batcher.submit(of(5)), batcher.submit(of(6))
        gone.cancel()
        await workers[0].answer()
        await workers[0].answer()
        assert workers[0].batches_seen == [[1], [6]]
        assert here.done()
        assert batcher.pending == 0

    play(scenario)


def test_full_queue_refuses() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        for _ in range(3):
            batcher.submit(of(1))
        with pytest.raises(
            OverloadedError, match=r"^3 requests are waiting for the model$"
        ) as caught:
            batcher.submit(of(1))
        assert caught.value.retry_after_seconds == 1

    play(scenario, capacity=3)


def test_queue_that_would_take_too_long_refuses_before_it_is_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        batcher.submit(of(1))
        await settle()
        await asyncio.sleep(0.05)
        await workers[0].answer()
        for _ in range(20):
            try:
                batcher.submit(of(1))
            except OverloadedError:
                break
        assert 1 < batcher.pending < 20

    monkeypatch.setattr(batcher_module, "MAX_WAIT_SECONDS", 0.3)
    play(scenario)


def test_pass_that_everyone_left_ends_the_worker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        reply = batcher.submit(of(1))
        await settle()
        reply.cancel()
        while len(workers) == 1:
            await asyncio.sleep(0.01)
        assert not workers[0].alive
        assert workers[1].alive

    monkeypatch.setattr(batcher_module, "ABANDONED_BATCH_SECONDS", 0.02)
    play(scenario)


def test_pass_that_takes_too_long_is_answered_504() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        reply = batcher.submit(of(1))
        await reply
        assert whole(reply).status == 504
        await settle()
        assert len(workers) == 2

    play(scenario, timeout_seconds=0.02)
