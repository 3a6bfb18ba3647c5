"""Serves ministack on a bound socket until a signal comes, and leaves nothing running behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app

from localcloud.engine.patches import Patched, apply_patches

GRACE_SECONDS = 1.0
"""For answers on their way when the engine is told to stop."""


def _config(listener: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = GRACE_SECONDS
    config.loglevel = "WARNING"
    return config


def with_start(application: Any, started: Callable[[], Awaitable[None]]) -> Any:
    """The ASGI application, calling `started` when it has loaded its state and before it takes requests."""

    async def wrapped(scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        async def watching(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                await started()
            await send(message)

        await application(scope, receive, watching if scope["type"] == "lifespan" else send)

    return wrapped


async def _serve(listener: socket.socket, patched: Patched) -> None:
    loop = asyncio.get_running_loop()

    async def started() -> None:
        await patched.safety.start(loop)
        loop.call_later(0.2, patched.interrupted.announce)

    stop, close = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = asyncio.create_task(
        serve(with_start(app.app, started), _config(listener), shutdown_trigger=close.wait, mode="asgi")
    )
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({server, stopping}, return_when=asyncio.FIRST_COMPLETED)
    # State first: workflows that see the engine or their workers gone would record failures that never were.
    await patched.safety.finish()
    close.set()
    await asyncio.wait({server}, timeout=GRACE_SECONDS)
    if server.done():
        server.result()


def _allow_many_files() -> None:
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def run(listener: socket.socket, state: Path) -> None:
    """Does not return: threads of unfinished invocations must not keep the process, so it exits at once."""
    _allow_many_files()
    patched = apply_patches(state)
    code = 1
    try:
        asyncio.run(_serve(listener, patched))
        code = 0
    except Exception:
        logging.getLogger(__name__).exception("the engine ended")
    finally:
        patched.pool.close()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
