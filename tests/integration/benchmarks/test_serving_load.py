"""The load generator and the clients of the soak, against small servers that do what is asked of them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.processes import ServerError, first_answer, running
from benchmarks.serving import run_in_process
from benchmarks.serving_load import Load, Plan, run_load
from benchmarks.soak_http import Connection, ConnectionLostError

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """The body of one; raises `IncompleteReadError` at the end."""
    lines = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
    length = next(
        int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")
    )
    return await reader.readexactly(length)


def answer(body: bytes, status: int = 200, connection: str = "keep-alive") -> bytes:
    head = f"HTTP/1.1 {status} x\r\nConnection: {connection}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def echo(status: int = 200, connection: str = "keep-alive") -> Handler:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            try:
                while True:
                    writer.write(answer(await read_request(reader), status, connection))
                    if connection == "close":
                        return
            except asyncio.IncompleteReadError:
                return

    return serve


async def _with(handler: Handler, use: Callable[[int], Awaitable[Load]]) -> Load:
    async with await asyncio.start_server(handler, "127.0.0.1") as server:
        load = await use(server.sockets[0].getsockname()[1])
        await _until_connections_are_closed()
        return load


async def _until_connections_are_closed() -> None:
    """Sockets that a loop leaves open are warnings, and those are errors, in whichever test comes next."""
    handlers = asyncio.all_tasks() - {asyncio.current_task()}
    if handlers:
        await asyncio.wait(handlers, timeout=1)
    await asyncio.sleep(0.01)


def under_load(handler: Handler, clients: int = 3) -> Load:
    bodies = ["a", "b", "c", "d"]
    return asyncio.run(
        _with(
            handler,
            lambda port: run_load(
                Plan(
                    port,
                    os.getpid(),
                    "/",
                    bodies,
                    clients,
                    warm_up_seconds=0.05,
                    seconds=0.3,
                )
            ),
        )
    )


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_answers_are_counted_and_kept_by_their_question(connection: str) -> None:
    result = under_load(echo(connection=connection))
    assert len(result.latencies) > 5
    assert result.errors == {}
    assert result.answers == {0: ["a"], 1: ["b"], 2: ["c"], 3: ["d"]}
    assert 0 < min(result.latencies) <= max(result.latencies) < result.seconds + 1
    assert result.server_cpu_seconds >= 0


def test_refusals_and_lost_connections_are_errors() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.close()

    assert set(under_load(echo(status=503)).errors) == {"503"}
    lost = under_load(leave)
    assert lost.latencies == []
    assert set(lost.errors) == {"connection lost"}


def test_the_load_runs_in_a_process_of_its_own() -> None:
    async def measured(port: int) -> Load:
        plan = Plan(
            port,
            os.getpid(),
            "/",
            [json.dumps({"inputs": "é"})],
            2,
            warm_up_seconds=0.1,
            seconds=0.3,
        )
        return await asyncio.to_thread(run_in_process, plan)

    result = asyncio.run(_with(echo(), measured))
    assert result.answers == {0: ['{"inputs": "\\u00e9"}']}
    assert result.cpu_share > 0


async def _lost(handler: Handler) -> ConnectionLostError:
    async with await asyncio.start_server(handler, "127.0.0.1") as server:
        with closing(Connection(server.sockets[0].getsockname()[1])) as line:
            await line.open()
            await asyncio.sleep(0.05)
            with pytest.raises(ConnectionLostError) as raised:
                await line.post(b"x")
    return raised.value


def test_a_request_that_was_read_and_not_answered_is_told_from_one_that_was_not_read() -> (
    None
):
    async def reads(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.close()

    async def closes_before(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.close()

    assert asyncio.run(_lost(reads)).request_read is True
    assert asyncio.run(_lost(closes_before)).request_read is False


def test_a_server_that_is_gone_has_read_nothing() -> None:
    async def refused() -> ConnectionLostError:
        async with await asyncio.start_server(echo(), "127.0.0.1") as server:
            port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionLostError) as raised:
            await Connection(port).post(b"x")
        return raised.value

    assert asyncio.run(refused()).request_read is False


def test_a_server_that_ends_before_it_answers_is_an_error(tmp_path: Path) -> None:
    with (
        running([sys.executable, "-c", ""], tmp_path / "log") as server,
        pytest.raises(ServerError) as raised,
    ):
        first_answer(server.pid, 1, "/", b"", timeout_seconds=5)
    assert str(raised.value).startswith("expected an answer within 5 s; found: ")
    assert str(raised.value).endswith("Look into the server's log.")
