"""The processes that hold the model: started, asked, and ended by the server."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..errors import ArchiveError
from ..model.hardware import gpus, memory, physical_cores
from ..predictors.onnx_model import exported
from ..protocols.messages import Call, Reply
from .ipc import Broken, Channel, Failed, Ready

SMALL_GRAPH = 150_000_000
WORKER_BYTES = 100_000_000
"""Bytes. A worker with ONNX Runtime needs these and, while it starts, twice its graph."""
ROOT = Path(__file__).parents[2]


class WorkerDiedError(RuntimeError):
    """The process ended in the middle of a pass."""


class Worker:
    """One process. Answers one list of calls at a time."""

    def __init__(self, process: asyncio.subprocess.Process, channel: Channel) -> None:
        self._process = process
        self._channel = channel
        self.batches = False

    @classmethod
    async def start(cls, model_dir: Path, environment: Mapping[str, str]) -> Worker:
        """A worker that has answered once. Raises `ArchiveError` where the model cannot be served."""
        ours, theirs = socket.socketpair()
        with theirs:
            command = (sys.executable, "-m", f"{__package__}.worker_process", str(theirs.fileno()), str(model_dir))
            process = await asyncio.create_subprocess_exec(*command, env=environment, pass_fds=[theirs.fileno()])
        worker = cls(process, await Channel.over(ours))
        try:
            told = await worker._channel.receive()
        except Broken:
            code = await worker.end()
            raise ArchiveError(f"the process that was loading it ended with status {code}") from None
        except BaseException:
            await worker.end()
            raise
        if isinstance(told, Failed):
            await worker.end()
            raise ArchiveError(told.reason)
        assert isinstance(told, Ready)
        worker.batches = told.batches
        return worker

    async def ask(self, calls: Sequence[Call]) -> list[Reply]:
        """One reply a call. Raises `WorkerDiedError`."""
        try:
            await self._channel.send(calls)
            found: list[Reply] = await self._channel.receive()
        except Broken:
            raise WorkerDiedError from None
        return found

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> None:
        """Until it is gone."""
        await self._process.wait()

    async def end(self) -> int:
        """At once; the exit code."""
        self._channel.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        return await self._process.wait()


def environment_of(number: int, workers: int) -> dict[str, str]:
    """Of the worker of this number: its share of the threads, and a GPU of its own where there are several."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    found = {**os.environ, "PYTHONPATH": path}
    if not found.get("OMP_NUM_THREADS"):
        found["OMP_NUM_THREADS"] = str(max(1, physical_cores() // workers))
    if gpus() > 1 and "CUDA_VISIBLE_DEVICES" not in os.environ:
        found["CUDA_VISIBLE_DEVICES"] = str(number % gpus())
    return found


def default_workers(model_dir: Path, engine: str) -> int:
    """One a GPU. On a CPU one a core for a small graph, one thread each: that answers a quarter more than one worker
    with all threads, whose parts wait for each other. Weights and large graphs are held once, and get all cores.
    """
    if gpus():
        return gpus()
    graph = exported(model_dir, engine)
    size = graph.path(model_dir).stat().st_size if graph else SMALL_GRAPH
    if size >= SMALL_GRAPH:
        return 1
    room = int(0.6 * memory()) // (WORKER_BYTES + 2 * size)
    return max(1, min(physical_cores(), room))
