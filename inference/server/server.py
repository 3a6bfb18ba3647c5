"""`python -m inference.server`: serves a model folder or archive over the hosting contract.

It listens from the first moment; `/ping` turns 200 once the model has answered a first request. The model lives in
processes of its own (`worker_process`): one that dies is replaced, and the calls it held are answered by another. A
model that cannot be loaded ends the server with status 1. SIGTERM: for a moment new requests are still answered, each
with `Connection: close`, then the listener closes, open requests are finished, and the server ends with status 0.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

import uvicorn

from contracts.environment import ServingVariable

from ..archive import unpack
from ..model.environment import Environment
from ..protocols.container import worker_died_reply
from ..protocols.errors import ArchiveError
from . import configure_logging
from .app import create_app
from .batcher import Batcher
from .container_app import create_container_app
from .http_protocol import HttpProtocol
from .state import ServerState
from .workers import Worker, default_worker_count, worker_environment

logger = logging.getLogger("inference")

START_SECONDS = time.monotonic()
LAME_DUCK_SECONDS = 0.5
"""How long new requests are still answered after SIGTERM."""
GRACE_SECONDS = 25
"""How long open requests may take after that: SageMaker kills 30 s after SIGTERM."""


class Server(uvicorn.Server):
    """uvicorn, with a first phase of shutdown in which clients are sent elsewhere."""

    def __init__(
        self,
        config: uvicorn.Config,
        state: ServerState,
        load_model: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__(config)
        self._state = state
        self._load_model = load_model
        self._loading: asyncio.Task[None] | None = None
        self.exit_code = 0
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        self.loop = asyncio.get_running_loop()
        if not self.should_exit:
            self._loading = asyncio.create_task(self._load_or_fail())

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Open requests are finished before the model's processes end."""
        await super().shutdown(sockets)  # type: ignore[arg-type]
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.wait([self._loading])
        if self._state.batcher is not None:
            await self._state.batcher.close()

    async def _load_or_fail(self) -> None:
        try:
            await self._load_model()
        except ArchiveError as error:
            logger.error("the model cannot be served: %s", error)
            self._fail()
        except Exception:
            logger.exception("the model cannot be served: preparing it raised")
            self._fail()

    def _fail(self) -> None:
        self.exit_code = 1
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Unlike the base class, leaves no signal to be raised again after a clean shutdown."""
        if self._state.draining or self.loop is None:
            self.should_exit = True
            return
        logger.info("signal %d: finishing what was begun", sig)
        self.loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._state.drain()
        asyncio.get_running_loop().call_later(LAME_DUCK_SECONDS, self._exit)

    def _exit(self) -> None:
        self.should_exit = True


async def load_model(
    state: ServerState, model: Path, environment: Environment, scratch: Path
) -> None:
    """Unpacks the model (a folder, or an archive) into `scratch` and starts its workers. Raises `ArchiveError`."""
    model_dir = (
        await asyncio.to_thread(unpack, model, scratch) if model.is_file() else model
    )
    workers = environment.workers or default_worker_count(
        model_dir, environment.backend
    )

    async def start_worker(number: int) -> Worker:
        return await Worker.start(model_dir, worker_environment(number, workers))

    state.batcher = await Batcher.start(
        start_worker,
        workers,
        timeout_seconds=environment.answer_seconds,
        worker_died_reply=worker_died_reply() if environment.strict else None,
    )
    seconds = time.monotonic() - START_SECONDS
    logger.info(
        "ready after %.1f s with %d worker%s", seconds, workers, "s" * (workers > 1)
    )


def parse_arguments(
    arguments: Sequence[str] | None, environment: Environment
) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m inference.server",
        description="Serve a model on /ping and /invocations.",
    )
    parser.add_argument(
        "--model",
        type=Path,
        default=environment.model_dir,
        help="folder or .tar.gz (%(default)s)",
    )
    parser.add_argument(
        "--port", type=int, default=environment.port, help="(%(default)s)"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="0.0.0.0 to be reached from outside (%(default)s)",
    )
    # SageMaker starts every container with this word.
    parser.add_argument(
        "serve",
        nargs="?",
        choices=["serve"],
        help="accepted for SageMaker, and changes nothing",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="answer exactly as the Hugging Face container does",
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until a signal; the exit code."""
    configure_logging()
    try:
        environment = Environment.read()
    except ArchiveError as error:
        logger.error("%s", error)
        return 1
    options = parse_arguments(arguments, environment)
    if options.strict:
        environment = replace(environment, strict=True)
        # The workers read it there.
        os.environ[ServingVariable.STRICT] = "1"
    with tempfile.TemporaryDirectory(prefix="traindrop-model-") as scratch:
        server = create_server(options, environment, Path(scratch))
        # uvicorn leaves by this way where it cannot listen, having logged why.
        with suppress(SystemExit):
            server.run()
    return server.exit_code if server.started else 1


def create_server(
    options: argparse.Namespace, environment: Environment, scratch: Path
) -> Server:
    state = ServerState()
    create = create_container_app if environment.strict else create_app
    config = uvicorn.Config(
        create(state, environment),
        options.host,
        options.port,
        http=HttpProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(
        config, state, lambda: load_model(state, options.model, environment, scratch)
    )
