"""The client of model servers, against a small server in the test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from localcloud.processes import free_port
from localcloud.sagemaker.hosting.model_client import (
    ConnectionLostError,
    ModelClient,
    ModelResponse,
    UnreachableError,
)

BODY = b"body"
T = TypeVar("T")
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def ok(writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"
    )


async def chunked(writer: asyncio.StreamWriter) -> None:
    writer.write(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"
    )


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def stay_silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.3)


class Server:
    """Answers every request in the same way, and notes what it reads."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.request_lines: list[str] = []
        self.connections: list[asyncio.StreamWriter] = []

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(len(BODY))
                self.request_lines.append(head.decode().splitlines()[0])
                await self._answer(writer)
        writer.close()
        await writer.wait_closed()

    def ask(self, times: int = 1, timeout: float = 5.0) -> list[ModelResponse]:
        """The responses to requests of one client, one after another."""

        async def ask(client: ModelClient) -> list[ModelResponse]:
            return [
                await client.request("POST", "/invocations", timeout, body=BODY)
                for _ in range(times)
            ]

        return self.play(ask)

    def stream(self, timeout: float = 5.0) -> list[bytes]:
        """The chunks of a response that is read as it arrives."""

        async def read(client: ModelClient) -> list[bytes]:
            opened = client.stream("POST", "/invocations", timeout, body=BODY)
            async with opened as response:
                return [chunk async for chunk in response.chunks]

        return self.play(read)

    def transfer(self, source: Path, target: Path, times: int = 1) -> ModelResponse:
        """The response to the last of several transfers."""

        async def send(client: ModelClient) -> ModelResponse:
            for _ in range(times):
                response = await client.transfer({}, source, target, 5.0)
            return response

        return self.play(send)

    def play(self, use: Callable[[ModelClient], Awaitable[T]]) -> T:
        async def run() -> T:
            listener = await asyncio.start_server(self.serve, "127.0.0.1", 0)
            client = ModelClient(listener.sockets[0].getsockname()[1])
            try:
                return await use(client)
            finally:
                client.close()
                listener.close()
                for connection in self.connections:
                    connection.close()
                tasks = asyncio.all_tasks() - {asyncio.current_task()}
                await asyncio.wait_for(
                    asyncio.gather(*tasks, return_exceptions=True), 5
                )

        return asyncio.run(run())


class RefusingServer(Server):
    """Answers when it has the head of a request, and reads nothing else."""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        await self._answer(writer)
        await asyncio.sleep(0.2)
        writer.close()


def test_a_response_has_status_headers_and_body() -> None:
    server = Server(ok)
    assert server.ask() == [
        ModelResponse(200, {"content-type": "text/plain", "content-length": "2"}, b"hi")
    ]
    assert server.request_lines == ["POST /invocations HTTP/1.1"]


def test_a_connection_is_kept_for_the_next_request() -> None:
    server = Server(ok)
    assert [response.text for response in server.ask(times=3)] == ["hi"] * 3
    assert len(server.connections) == 1


def test_a_response_may_come_in_chunks() -> None:
    assert [response.body for response in Server(chunked).ask()] == [b"hi"]


def test_a_response_may_be_read_as_it_arrives() -> None:
    assert b"".join(Server(chunked).stream()) == b"hi"


def test_a_server_that_goes_away_with_the_request_is_a_lost_connection() -> None:
    with pytest.raises(ConnectionLostError):
        Server(hang_up).ask()
    with pytest.raises(ConnectionLostError):
        Server(hang_up).stream()


def test_a_server_that_never_answers_is_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        Server(stay_silent).ask(timeout=0.1)
    with pytest.raises(TimeoutError):
        Server(stay_silent).stream(timeout=0.1)


def test_a_port_where_nothing_listens_is_unreachable() -> None:
    async def ask() -> ModelResponse:
        return await ModelClient(free_port()).request("GET", "/ping", 1.0)

    with pytest.raises(UnreachableError):
        asyncio.run(ask())


def test_a_file_is_sent_and_a_response_becomes_one(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(BODY)
    server = Server(chunked)
    response = server.transfer(source, target, times=2)
    assert (response.status, response.body) == (200, b"")
    assert target.read_bytes() == b"hi"
    assert server.request_lines == ["POST /invocations HTTP/1.1"] * 2
    assert len(server.connections) == 1


def test_a_server_may_answer_before_it_has_read_the_file(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"x" * 20_000_000)
    server = RefusingServer(ok)
    response = server.transfer(source, target, times=2)
    assert (response.status, target.read_bytes()) == (200, b"hi")
    assert len(server.connections) == 2


def test_a_server_that_goes_away_with_the_file_is_a_lost_connection(
    tmp_path: Path,
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x" * 20_000_000)
    with pytest.raises(ConnectionLostError):
        RefusingServer(hang_up).transfer(source, tmp_path / "target")
