"""One model server process: started, watched, started again, ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import replace

from contracts.environment import ServingVariable
from localcloud.sagemaker.common.launch import (
    Launcher,
    Program,
    RunningProgram,
    signal_group,
)
from localcloud.sagemaker.common.log_stream import LogStream
from localcloud.sagemaker.hosting.model_client import ModelClient

_FIRST_PING_DELAY_SECONDS = 0.05
_MAX_PING_DELAY_SECONDS = 0.5
_PING_DELAY_FACTOR = 1.2
_PING_TIMEOUT_SECONDS = 2.0
_FIRST_BACKOFF_SECONDS = 0.1
_MAX_BACKOFF_SECONDS = 10.0
_CHUNK_BYTES = 65_536
_SERVER_PORTS = range(20_000, 32_768)
_PORT_TRIES = 100
_LAST_LINES_SECONDS = 1.0
"""How long the last lines of an ended process may take to arrive."""


class Replica:
    """A model server that is started again whenever it ends, until `stop`.

    `SAGEMAKER_BIND_TO_PORT` is added to the program's environment each time. `on_change` is called whenever the
    model server becomes ready or ends.
    """

    def __init__(
        self,
        program: Program,
        log: LogStream,
        launcher: Launcher,
        on_change: Callable[[], None],
    ) -> None:
        self._program, self._log, self._launcher = program, log, launcher
        self._on_change = on_change
        self._process: RunningProgram | None = None
        self._exited: asyncio.Future[int] | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._client: ModelClient | None = None
        self.in_flight = 0
        self.early_exits = 0
        """Exits before the process ever answered `/ping`, in a row."""

    @property
    def client(self) -> ModelClient | None:
        """Talks to the model server while it is ready; None while it is not."""
        return self._client

    def start(self) -> None:
        self._task = asyncio.create_task(self._keep_running())

    async def stop(self, grace: float) -> None:
        """SIGTERM, SIGKILL after `grace` seconds. Returns when nothing of it runs."""
        self._stopping = True
        self._client = None
        if self._process and self._exited and not self._exited.done():
            await self._end(self._process, self._exited, grace)
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _end(
        self, process: RunningProgram, exited: asyncio.Future[int], grace: float
    ) -> None:
        signal_group(process.pid, signal.SIGTERM)
        await asyncio.wait([exited], timeout=grace)
        signal_group(process.pid, signal.SIGKILL)
        if self._task:
            await asyncio.wait([self._task], timeout=2 * _LAST_LINES_SECONDS)

    async def _keep_running(self) -> None:
        backoff = _FIRST_BACKOFF_SECONDS
        while not self._stopping:
            was_ready = await self._run_once()
            if was_ready:
                self.early_exits = 0
                backoff = _FIRST_BACKOFF_SECONDS
            else:
                self.early_exits += 1
                backoff = min(backoff * 2, _MAX_BACKOFF_SECONDS)
            self._on_change()
            if not self._stopping:
                await asyncio.sleep(0 if was_ready else backoff)

    async def _run_once(self) -> bool:
        """From start to exit of one process. Returns whether it was ever ready."""
        port = free_server_port()
        process, output = await self._launch(port)
        exited = _exit_of(process)
        self._process, self._exited = process, exited
        copying = asyncio.create_task(self._copy_output(output))
        client = ModelClient(port)
        pinging = asyncio.create_task(self._ping_until_ready(client))
        try:
            await asyncio.shield(exited)
        finally:
            self._client = None
            was_ready = pinging.done() and not pinging.cancelled()
            pinging.cancel()
            signal_group(process.pid, signal.SIGKILL)
            await asyncio.wait([copying], timeout=_LAST_LINES_SECONDS)
            copying.cancel()
            client.close()
        self._log.write(
            f"The model server (process {process.pid}) ended with code {exited.result()}."
        )
        return was_ready

    async def _launch(self, port: int) -> tuple[RunningProgram, asyncio.StreamReader]:
        """The process, and its stdout and stderr in one stream."""
        environment = {
            **self._program.environment,
            ServingVariable.BIND_TO_PORT: str(port),
        }
        program = replace(self._program, environment=environment)
        read_end, write_end = os.pipe()
        try:
            process = self._launcher(program, write_end, write_end)
        except BaseException:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        return process, await _stream(read_end)

    async def _ping_until_ready(self, client: ModelClient) -> None:
        delay = _FIRST_PING_DELAY_SECONDS
        while not await _answers_ping(client):
            await asyncio.sleep(delay)
            delay = min(delay * _PING_DELAY_FACTOR, _MAX_PING_DELAY_SECONDS)
        if not self._stopping:
            self._client = client
            self._on_change()

    async def _copy_output(self, output: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await output.read(_CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._log.write(line.decode("utf-8", "replace"))
        if rest:
            self._log.write(rest.decode("utf-8", "replace"))


def free_server_port() -> int:
    """A port below those that the kernel gives to outgoing connections. multi-model-server takes no other."""
    for port in random.sample(_SERVER_PORTS, _PORT_TRIES):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(
        f"expected a free port from {_SERVER_PORTS[0]} to {_SERVER_PORTS[-1]}; found none in {_PORT_TRIES} tries. "
        "End what listens there."
    )


async def _answers_ping(client: ModelClient) -> bool:
    with contextlib.suppress(OSError):
        response = await client.request("GET", "/ping", _PING_TIMEOUT_SECONDS)
        return response.status == 200
    return False


async def _stream(descriptor: int) -> asyncio.StreamReader:
    """Reads a pipe without blocking the event loop, and closes it at its end."""
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    return reader


def _exit_of(process: RunningProgram) -> asyncio.Future[int]:
    """The return code, waited for in a thread."""
    loop = asyncio.get_running_loop()
    exited: asyncio.Future[int] = loop.create_future()

    def set_code(code: int) -> None:
        if not exited.done():
            exited.set_result(code)

    def wait() -> None:
        code = process.wait()
        with contextlib.suppress(RuntimeError):  # the loop may be closed by then
            loop.call_soon_threadsafe(set_code, code)

    threading.Thread(
        target=wait, name=f"model server {process.pid}", daemon=True
    ).start()
    return exited
