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

from localcloud.engine import access
from localcloud.engine.patches import PatchedEngine, apply_patches

GRACE_SECONDS = 1.0
"""For answers on their way when the engine is to stop."""
_KEEP_ALIVE_SECONDS = 75
_ANNOUNCE_DELAY_SECONDS = 0.2
"""From the start to the events of executions that the last end interrupted."""


def _config(listener: socket.socket) -> Config:
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = _KEEP_ALIVE_SECONDS
    config.graceful_timeout = GRACE_SECONDS
    config.loglevel = "WARNING"
    return config


def with_startup(application: Any, on_startup: Callable[[], Awaitable[None]]) -> Any:
    """The ASGI application, which calls `on_startup` when it has loaded its state and before it takes requests."""

    async def wrapped(
        scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]
    ) -> None:
        async def send_lifespan(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                await on_startup()
            await send(message)

        is_lifespan = scope["type"] == "lifespan"
        await application(scope, receive, send_lifespan if is_lifespan else send)

    return wrapped


async def _serve(listener: socket.socket, patched: PatchedEngine) -> None:
    loop = asyncio.get_running_loop()

    async def on_startup() -> None:
        await patched.safety.start(loop)
        loop.call_later(_ANNOUNCE_DELAY_SECONDS, patched.interrupted.announce)

    stop, close = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    application = with_startup(access.guarded(app.app), on_startup)
    serving = serve(
        application, _config(listener), shutdown_trigger=close.wait, mode="asgi"
    )
    server = asyncio.create_task(serving)
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
        _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard_limit, hard_limit))


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
