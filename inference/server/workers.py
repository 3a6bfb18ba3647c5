"""The processes that hold the model: the server starts them, sends them calls, and ends them."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from contracts.environment import HUGE_PAGES, ServingVariable

from ..model.hardware import gpu_count, memory_bytes, physical_cores
from ..predictors.onnx_model import find_graph
from ..protocols.errors import ArchiveError
from ..protocols.messages import Call, Reply
from .ipc import DisconnectedError, LoadFailure, ServerChannel, Update

SMALL_GRAPH_BYTES = 150_000_000
WORKER_BYTES = 100_000_000
"""A worker with ONNX Runtime needs these and, while it starts, twice its graph."""
WORKERS_MEMORY_SHARE = 0.6
ROOT = Path(__file__).parents[2]


class WorkerDiedError(RuntimeError):
    """The process ended in the middle of a batch."""


class Worker:
    """One process. It answers one batch of calls at a time."""

    def __init__(
        self, process: asyncio.subprocess.Process, channel: ServerChannel
    ) -> None:
        self._process = process
        self._channel = channel
        self._end = asyncio.create_task(self._close_at_its_end())
        self.batches = False
        self.continuous = False

    @classmethod
    async def start(cls, model_dir: Path, environment: Mapping[str, str]) -> Worker:
        """A worker that has answered once. Raises `ArchiveError` where the model cannot be served."""
        server_end, worker_end = socket.socketpair()
        with worker_end:
            number = worker_end.fileno()
            command = (
                sys.executable,
                "-m",
                f"{__package__}.worker_start",
                str(number),
                str(model_dir),
            )
            process = await asyncio.create_subprocess_exec(
                *command, env=environment, pass_fds=[number]
            )
        worker = cls(process, await ServerChannel.open(server_end))
        try:
            await worker._wait_until_ready()
        except BaseException:
            await worker.stop()
            raise
        return worker

    async def _close_at_its_end(self) -> None:
        """A process that a hook forked may hold the other end of the channel open for longer than the worker lives."""
        await self._process.wait()
        self._channel.close()

    async def _wait_until_ready(self) -> None:
        try:
            message = await self._channel.receive_start()
        except DisconnectedError:
            code = await self.stop()
            raise ArchiveError(
                f"the process that was loading it ended with status {code}"
            ) from None
        if isinstance(message, LoadFailure):
            raise ArchiveError(message.reason)
        self.batches = message.batches
        self.continuous = message.continuous

    async def respond(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply a call. Raises `WorkerDiedError`."""
        try:
            await self._channel.send(list(calls))
            return await self._channel.receive_replies()
        except DisconnectedError:
            raise WorkerDiedError from None

    def post(self, number: int, call: Call | None) -> None:
        """Gives a continuous worker a call, or says with None that nobody waits for it any more."""
        self._channel.post(number, call)

    async def updates(self) -> list[Update]:
        """What a continuous worker sends next. Raises `WorkerDiedError`."""
        try:
            return await self._channel.receive_updates()
        except DisconnectedError:
            raise WorkerDiedError from None

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> None:
        """Returns once the process has ended."""
        await self._process.wait()

    async def stop(self) -> int:
        """Kills the process; its exit code."""
        self._channel.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()


def worker_environment(number: int, workers: int) -> dict[str, str]:
    """The environment of worker `number`: its share of the threads, and a GPU of its own where there are several."""
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    )
    environment.setdefault(ServingVariable.LIBC_TUNABLES, HUGE_PAGES)
    if not environment.get("OMP_NUM_THREADS"):
        environment["OMP_NUM_THREADS"] = str(max(1, physical_cores() // workers))
    gpus = gpu_count()
    if gpus > 1 and "CUDA_VISIBLE_DEVICES" not in environment:
        environment["CUDA_VISIBLE_DEVICES"] = str(number % gpus)
    return environment


def default_worker_count(model_dir: Path, backend: str) -> int:
    """One worker a GPU. On a CPU one a core for a small graph, one thread each, else one with all cores.

    One thread each answers a quarter more requests than one worker with all threads, whose updates wait for each other.
    Weights and large graphs are held in memory only once.
    """
    if gpus := gpu_count():
        return gpus
    graph = find_graph(model_dir, backend)
    size = graph.path(model_dir).stat().st_size if graph else SMALL_GRAPH_BYTES
    if size >= SMALL_GRAPH_BYTES:
        return 1
    affordable = int(WORKERS_MEMORY_SHARE * memory_bytes()) // (WORKER_BYTES + 2 * size)
    return max(1, min(physical_cores(), affordable))
