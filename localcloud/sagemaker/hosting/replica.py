"""One model server process: started, watched, started again, ended."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localcloud.sagemaker.hosting.client import ModelClient
from localcloud.sagemaker.log_stream import LogStream
from localcloud.sagemaker.processes import signal_group

_FIRST_PING_DELAY = 0.05
_LONGEST_PING_DELAY = 0.5
_PING_TIMEOUT = 2.0
_FIRST_BACKOFF = 0.1
_LONGEST_BACKOFF = 10.0
_CHUNK = 65_536
_LAST_WORDS = 1.0
"""For what an ended process wrote to arrive."""


@dataclass(frozen=True)
class Launch:
    """How a model server is started; `SAGEMAKER_BIND_TO_PORT` is added each time."""

    command: list[str]
    environment: dict[str, str]
    folder: Path
    log: LogStream


class Replica:
    """A model server that is started again whenever it ends, until `stop`."""

    def __init__(self, launch: Launch, changed: Callable[[], None]) -> None:
        self._launch = launch
        self._changed = changed
        self._process: Process | None = None
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
        """SIGTERM, SIGKILL after `grace`; returns when nothing of it runs."""
        self._stopping = True
        self._client = None
        process = self._process
        if process and process.returncode is None:
            signal_group(process.pid, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), grace)
            signal_group(process.pid, signal.SIGKILL)
            if self._task:
                await asyncio.wait([self._task], timeout=2 * _LAST_WORDS)
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _keep_running(self) -> None:
        backoff = _FIRST_BACKOFF
        while not self._stopping:
            was_ready = await self._live_once()
            self.early_exits = 0 if was_ready else self.early_exits + 1
            backoff = _FIRST_BACKOFF if was_ready else min(backoff * 2, _LONGEST_BACKOFF)
            self._changed()
            if not self._stopping:
                await asyncio.sleep(0 if was_ready else backoff)

    async def _live_once(self) -> bool:
        """From start to exit of one process; whether it was ever ready."""
        port = free_port()
        process = await self._spawn(port)
        self._process = process
        output = asyncio.create_task(self._copy_output(process))
        client = ModelClient(port)
        pinging = asyncio.create_task(self._await_ping(client))
        try:
            await process.wait()
        finally:
            self._client = None
            was_ready = pinging.done() and not pinging.cancelled()
            pinging.cancel()
            signal_group(process.pid, signal.SIGKILL)
            await asyncio.wait([output], timeout=_LAST_WORDS)
            output.cancel()
            client.close()
        self._launch.log.write(f"The model server (process {process.pid}) ended with code {process.returncode}.")
        return was_ready

    async def _spawn(self, port: int) -> Process:
        launch = self._launch
        return await asyncio.create_subprocess_exec(
            *launch.command,
            cwd=launch.folder,
            env={**launch.environment, "SAGEMAKER_BIND_TO_PORT": str(port)},
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
        )

    async def _await_ping(self, client: ModelClient) -> None:
        delay = _FIRST_PING_DELAY
        while True:
            with contextlib.suppress(OSError):
                if (await client.request("GET", "/ping", _PING_TIMEOUT)).status == 200:
                    break
            await asyncio.sleep(delay)
            delay = min(delay * 1.2, _LONGEST_PING_DELAY)
        if not self._stopping:
            self._client = client
            self._changed()

    async def _copy_output(self, process: Process) -> None:
        assert process.stdout is not None
        rest = b""
        while chunk := await process.stdout.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._launch.log.write(line.decode("utf-8", "replace"))
        if rest:
            self._launch.log.write(rest.decode("utf-8", "replace"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
