from __future__ import annotations

import asyncio
import socket

import pytest

from inference.protocols.messages import Call, Reply
from inference.server.ipc import DisconnectedError, Ready, ServerChannel, WorkerChannel

LARGE = b"x" * 3_000_000


def test_calls_and_replies_of_any_size_arrive_whole() -> None:
    async def talk() -> None:
        server_end, worker_end = socket.socketpair()
        worker = WorkerChannel(worker_end)
        server = await ServerChannel.open(server_end)
        calls = [Call(LARGE), Call(b"")]
        received = asyncio.create_task(asyncio.to_thread(worker.receive))
        await server.send(calls)
        assert await received == calls
        sent = asyncio.create_task(asyncio.to_thread(worker.send, [Reply(200, LARGE)]))
        assert await server.receive_replies() == [Reply(200, LARGE)]
        await sent
        server.close()
        worker_end.close()

    asyncio.run(talk())


def test_the_worker_says_first_that_it_is_ready() -> None:
    async def talk() -> None:
        server_end, worker_end = socket.socketpair()
        server = await ServerChannel.open(server_end)
        WorkerChannel(worker_end).send(Ready(batches=True))
        assert await server.receive_start() == Ready(batches=True)
        server.close()
        worker_end.close()

    asyncio.run(talk())


def test_a_closed_end_is_noticed_by_the_other() -> None:
    server_end, worker_end = socket.socketpair()
    server_end.close()
    with pytest.raises(DisconnectedError):
        WorkerChannel(worker_end).receive()
    worker_end.close()
