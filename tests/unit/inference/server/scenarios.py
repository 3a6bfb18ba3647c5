"""Scenarios of a batcher and the workers that stand in for its processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from inference.server.batcher import Batcher
from inference.server.workers import Worker

FakeT = TypeVar("FakeT")


async def settle() -> None:
    """Lets every task that can run do so."""
    for _ in range(20):
        await asyncio.sleep(0)


def play(
    worker: Callable[[], FakeT],
    scenario: Callable[[Batcher, list[FakeT]], Awaitable[None]],
    **options: Any,
) -> None:
    """Runs a scenario with a batcher and the workers that it starts, each made by `worker`."""

    async def run() -> None:
        workers: list[FakeT] = []

        async def start(_: int) -> Worker:
            workers.append(worker())
            return cast(Worker, workers[-1])

        batcher = await Batcher.start(start, **options)
        await settle()
        try:
            await scenario(batcher, workers)
        finally:
            await batcher.close()

    asyncio.run(run())
