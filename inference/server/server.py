"""`python -m inference.server`: serves a model folder or archive over the hosting contract.

It listens from the first moment; `/ping` turns 200 once the model has answered a first request. The model lives in
processes of its own (`worker`): one that dies is replaced, and what it was asked is asked again. A model that cannot be
loaded ends the server with status 1. SIGTERM: for a moment new requests are still answered, each with `Connection:
close`, then the listener shuts, what was begun is finished, and the server ends with status 0.
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

from ..archive import unpack
from ..environment import Environment
from ..errors import ArchiveError
from ..protocols.container import worker_died
from .app import State, create_app
from .batcher import Engine
from .log import configure
from .workers import Worker, default_workers, environment_of

logger = logging.getLogger("inference")

STARTED = time.monotonic()
LAME_DUCK_SECONDS = 0.5
GRACE_SECONDS = 25
"""SageMaker kills 30 s after SIGTERM."""


class Server(uvicorn.Server):
    """uvicorn, with a first phase of shutdown in which clients are sent elsewhere."""

    def __init__(self, config: uvicorn.Config, state: State, prepare: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._state = state
        self._prepare = prepare
        self._preparing: asyncio.Task[None] | None = None
        self.exit_code = 0
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        self.loop = asyncio.get_running_loop()
        if not self.should_exit:
            self._preparing = asyncio.create_task(self._load())

    async def shutdown(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """What was begun is finished before the model's processes end."""
        await super().shutdown(sockets)  # type: ignore[arg-type]
        if self._preparing is not None:
            self._preparing.cancel()
            await asyncio.wait([self._preparing])
        if self._state.engine is not None:
            await self._state.engine.close()

    async def _load(self) -> None:
        try:
            await self._prepare()
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
        asyncio.get_running_loop().call_later(LAME_DUCK_SECONDS, self._leave)

    def _leave(self) -> None:
        self.should_exit = True


async def prepare(state: State, model: Path, environment: Environment, scratch: Path) -> None:
    """Makes the server ready. Raises `ArchiveError`."""
    model_dir = await asyncio.to_thread(unpack, model, scratch) if model.is_file() else model
    workers = environment.workers or default_workers(model_dir, environment.engine)

    async def start(number: int) -> Worker:
        return await Worker.start(model_dir, environment_of(number, workers))

    state.engine = await Engine.started(
        start, workers, timeout=environment.answer_seconds, death=worker_died() if environment.strict else None
    )
    logger.info("ready after %.1f s with %d worker%s", time.monotonic() - STARTED, workers, "s" * (workers > 1))


def parse(arguments: Sequence[str] | None, environment: Environment) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m inference.server", description="Serve a model on /ping and /invocations."
    )
    parser.add_argument("--model", type=Path, default=environment.model_dir, help="folder or .tar.gz (%(default)s)")
    parser.add_argument("--port", type=int, default=environment.port, help="(%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 to be reached from outside (%(default)s)")
    # Containers of SageMaker are told what to do by this word.
    parser.add_argument("serve", nargs="?", choices=["serve"], help="may be said, and changes nothing")
    parser.add_argument("--strict", action="store_true", help="answer exactly as the Hugging Face container does")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    configure()
    try:
        environment = Environment.read()
    except ArchiveError as error:
        logger.error("%s", error)
        return 1
    options = parse(arguments, environment)
    if options.strict:
        environment = replace(environment, strict=True)
        # The workers read it there.
        os.environ["TRAINDROP_STRICT"] = "1"
    state = State()
    config = uvicorn.Config(
        create_app(state, environment),
        options.host,
        options.port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    with tempfile.TemporaryDirectory(prefix="traindrop-model-") as scratch:
        server = Server(config, state, lambda: prepare(state, options.model, environment, Path(scratch)))
        # uvicorn leaves by this way where it cannot listen, having logged why.
        with suppress(SystemExit):
            server.run()
    if not server.started:
        return 1
    return server.exit_code
