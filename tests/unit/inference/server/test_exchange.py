"""Calls of a worker that answers them piece by piece. The worker here sends what a test says."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from inference.protocols.messages import Call, Reply
from inference.server import exchange as exchange_module
from inference.server.batcher import Batcher
from inference.server.exchange import StreamCutError, StreamReply
from inference.server.ipc import Kind, Update
from inference.server.workers import WorkerDiedError
from tests.unit.inference.server import scenarios
from tests.unit.inference.server.scenarios import settle

HEAD = Reply(200, b"", "text/event-stream")


@dataclass
class FakeWorker:
    batches: bool = True
    continuous: bool = True
    posted: list[tuple[int, bytes | None]] = field(default_factory=list)
    sent: asyncio.Queue[list[Update] | None] = field(default_factory=asyncio.Queue)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def post(self, number: int, call: Call | None) -> None:
        self.posted.append((number, call.body if call else None))

    async def updates(self) -> list[Update]:
        updates = await self.sent.get()
        if updates is None:
            raise WorkerDiedError
        return updates

    async def send(self, *updates: Update) -> None:
        self.sent.put_nowait(list(updates))
        await settle()

    async def die(self) -> None:
        self.gone.set()
        self.sent.put_nowait(None)
        await settle()

    @property
    def alive(self) -> bool:
        return not self.gone.is_set()

    async def wait(self) -> None:
        await self.gone.wait()

    async def stop(self) -> int:
        self.gone.set()
        return 0


Scenario = Callable[[Batcher, list[FakeWorker]], Awaitable[None]]


def play(scenario: Scenario, timeout_seconds: float = math.inf) -> None:
    scenarios.play(FakeWorker, scenario, timeout_seconds=timeout_seconds)


def pieces_of(reply: object) -> AsyncIterator[bytes]:
    assert isinstance(reply, StreamReply)
    assert reply.head == HEAD
    return reply.pieces


def test_calls_go_to_the_worker_as_they_come_and_are_answered_in_any_order() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        first, second = batcher.submit(Call(b"1")), batcher.submit(Call(b"2"))
        await settle()
        assert workers[0].posted == [(0, b"1"), (1, b"2")]
        await workers[0].send(Update(1, Kind.REPLY, Reply(200, b"two")))
        assert second.result() == Reply(200, b"two")
        assert not first.done()
        await workers[0].send(Update(0, Kind.REPLY, Reply(200, b"one")))
        assert first.result() == Reply(200, b"one")
        assert batcher.pending == 0

    play(scenario)


def test_a_stream_is_passed_on_as_it_comes() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        reply = batcher.submit(Call(b"1"))
        await settle()
        await workers[0].send(Update(0, Kind.HEAD, HEAD), Update(0, Kind.DATA, b"a"))
        pieces = pieces_of(reply.result())
        assert await anext(pieces) == b"a"
        await workers[0].send(Update(0, Kind.DATA, b"b"), Update(0, Kind.END))
        assert [piece async for piece in pieces] == [b"b"]
        assert workers[0].posted == [(0, b"1")]

    play(scenario)


def test_the_worker_hears_of_clients_that_leave() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        waiting, streaming = batcher.submit(Call(b"1")), batcher.submit(Call(b"2"))
        await settle()
        await workers[0].send(Update(1, Kind.HEAD, HEAD), Update(1, Kind.DATA, b"a"))
        pieces: Any = pieces_of(streaming.result())
        await anext(pieces)
        await pieces.aclose()
        waiting.cancel()
        await settle()
        assert workers[0].posted[2:] == [(1, None), (0, None)]
        # What was on its way meanwhile is dropped.
        await workers[0].send(Update(1, Kind.DATA, b"b"), Update(0, Kind.REPLY, HEAD))

    play(scenario)


def test_streams_of_a_dead_worker_are_cut_off_and_other_calls_asked_again_alone() -> (
    None
):
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        streaming = batcher.submit(Call(b"1"))
        others = [batcher.submit(Call(b"2")), batcher.submit(Call(b"3"))]
        await settle()
        await workers[0].send(Update(0, Kind.HEAD, HEAD), Update(0, Kind.DATA, b"a"))
        pieces = pieces_of(streaming.result())
        await workers[0].die()
        assert await anext(pieces) == b"a"
        with pytest.raises(StreamCutError):
            await anext(pieces)
        assert workers[1].posted == [(0, b"2")]
        await workers[1].send(Update(0, Kind.REPLY, Reply(200, b"two")))
        assert workers[1].posted == [(0, b"2"), (1, b"3")]
        await workers[1].send(Update(1, Kind.REPLY, Reply(200, b"three")))
        assert [cast(Reply, other.result()).body for other in others] == [
            b"two",
            b"three",
        ]

    play(scenario)


def test_a_failure_of_the_model_cuts_a_stream_off() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        reply = batcher.submit(Call(b"1"))
        await settle()
        await workers[0].send(Update(0, Kind.HEAD, HEAD), Update(0, Kind.FAILURE))
        with pytest.raises(StreamCutError):
            await anext(pieces_of(reply.result()))

    play(scenario)


def test_a_call_that_takes_too_long_is_taken_back() -> None:
    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        reply = batcher.submit(Call(b"1"))
        await settle()
        await workers[0].send()
        await asyncio.sleep(0.1)
        assert cast(Reply, reply.result()).status == 504
        assert workers[0].posted == [(0, b"1"), (0, None)]
        assert len(workers) == 1

    play(scenario, timeout_seconds=0.05)


def test_a_worker_that_is_silent_meanwhile_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchange_module, "SILENT_SECONDS", 0.0)

    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        reply = batcher.submit(Call(b"1"))
        await settle()
        await asyncio.sleep(0.1)
        assert cast(Reply, reply.result()).status == 504
        assert not workers[0].alive
        assert len(workers) == 2

    play(scenario, timeout_seconds=0.05)


def test_a_client_that_reads_too_slowly_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exchange_module, "PIECES", 2)

    async def scenario(batcher: Batcher, workers: list[FakeWorker]) -> None:
        reply = batcher.submit(Call(b"1"))
        await settle()
        pieces = [Update(0, Kind.DATA, b"a") for _ in range(3)]
        await workers[0].send(Update(0, Kind.HEAD, HEAD), *pieces)
        assert workers[0].posted == [(0, b"1"), (0, None)]
        with pytest.raises(StreamCutError):
            async for _ in pieces_of(reply.result()):
                pass

    play(scenario)
