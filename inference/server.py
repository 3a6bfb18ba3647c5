"""`python -m inference.server`: serves a model folder or archive over the hosting contract.

It listens from the first moment; `/ping` turns 200 once the model has answered a first request. A model that cannot be
loaded ends the process with status 1. SIGTERM: for a moment new requests are still answered, each with `Connection:
close`, then the listener shuts, what was begun is finished, and the process ends with status 0.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

import uvicorn

from .app import State, create_app
from .archive import load, unpack
from .cores import physical_cores
from .engine import Engine
from .environment import Environment
from .errors import ArchiveError
from .service import Service

logger = logging.getLogger("inference")

STARTED = time.monotonic()
LAME_DUCK_SECONDS = 0.5
GRACE_SECONDS = 25
"""SageMaker kills 30 s after SIGTERM."""


class Server(uvicorn.Server):
    """uvicorn, with a first phase of shutdown in which clients are sent elsewhere."""

    def __init__(self, config: uvicorn.Config, state: State) -> None:
        super().__init__(config)
        self._state = state
        self.exit_code = 0
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        self.loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Unlike the base class, leaves no signal to be raised again after a clean shutdown."""
        if self._state.draining or self.loop is None:
            self.should_exit = True
            return
        logger.info("signal %d: finishing what was begun", sig)
        self._state.drain()
        self.loop.call_soon_threadsafe(self.loop.call_later, LAME_DUCK_SECONDS, self._leave)

    def _leave(self) -> None:
        self.should_exit = True

    def fail(self) -> None:
        self.exit_code = 1
        self.should_exit = True


def prepare_torch(workers: int) -> None:
    """Threads of a forward pass, so that the workers together use each core once."""
    import torch  # noqa: PLC0415

    if not os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(max(1, physical_cores() // workers))


def load_service(model: Path, environment: Environment, scratch: Path) -> Service:
    """The service, having answered once where the task allows a guess at a request."""
    model_dir = unpack(model, scratch) if model.is_file() else model
    service = load(model_dir, environment, dedicated=True)
    if service.batches:
        prepare_torch(environment.workers)
        service.warm_up()
    return service


def load_in_background(server: Server, state: State, make: Callable[[], Service], workers: int) -> None:
    """Makes the server ready, or ends it."""

    def ready(service: Service) -> None:
        state.engine = Engine(service, workers)
        logger.info("ready after %.1f s", time.monotonic() - STARTED)

    def run() -> None:
        try:
            service = make()
        except ArchiveError as error:
            logger.error("the model cannot be served: %s", error)
        except BaseException:
            logger.exception("the model cannot be served: loading it raised")
        else:
            # Imports made a million objects that stay: the collector need not look at them again.
            gc.collect()
            gc.freeze()
            gc.enable()
            asyncio_loop(server).call_soon_threadsafe(ready, service)
            return
        asyncio_loop(server).call_soon_threadsafe(server.fail)

    threading.Thread(target=run, name="load", daemon=True).start()


def asyncio_loop(server: Server) -> asyncio.AbstractEventLoop:
    while server.loop is None:
        time.sleep(0.01)
    return server.loop


def parse(arguments: Sequence[str] | None, environment: Environment) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m inference.server", description="Serve a model on /ping and /invocations."
    )
    parser.add_argument("--model", type=Path, default=environment.model_dir, help="folder or .tar.gz (%(default)s)")
    parser.add_argument("--port", type=int, default=environment.port, help="(%(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 to be reached from outside (%(default)s)")
    parser.add_argument("--strict", action="store_true", help="answer exactly as the Hugging Face container does")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout)
    os.environ.setdefault("TQDM_DISABLE", "1")
    # Threads that spin while they wait for each other are twenty times slower where others use the machine too.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Collecting garbage while modules are imported takes a fifth of the start.
    gc.disable()
    try:
        environment = Environment.read()
    except ArchiveError as error:
        logger.error("%s", error)
        return 1
    options = parse(arguments, environment)
    environment = replace(environment, strict=environment.strict or options.strict)
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
    server = Server(config, state)
    with tempfile.TemporaryDirectory(prefix="traindrop-model-") as scratch:
        make = lambda: load_service(options.model, environment, Path(scratch))  # noqa: E731
        load_in_background(server, state, make, environment.workers)
        # uvicorn leaves by this way where it cannot listen, having logged why.
        with suppress(SystemExit):
            server.run()
    if not server.started:
        return 1
    return server.exit_code


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # A thread may still be inside the model or its imports; tearing those down under it could crash.
    os._exit(code)
