"""A thread's work is over before the task that waits for it goes on, cancelled or not."""

from __future__ import annotations

import asyncio
import threading

import pytest

from localcloud.sagemaker.common.threads import in_thread

PATIENCE_SECONDS = 10


def test_what_the_function_returns_or_raises_comes_back() -> None:
    assert asyncio.run(in_thread(int, "11", base=2)) == 3
    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(in_thread(int, "x"))


def test_a_cancelled_caller_waits_for_the_function_to_return() -> None:
    started, may_end = threading.Event(), threading.Event()
    story: list[str] = []

    def upload() -> None:
        started.set()
        may_end.wait(PATIENCE_SECONDS)
        story.append("uploaded")

    async def job() -> None:
        try:
            await in_thread(upload)
        finally:
            story.append("ended")

    async def stop() -> None:
        task = asyncio.create_task(job())
        await asyncio.to_thread(started.wait, PATIENCE_SECONDS)
        task.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop())
    assert story == ["uploaded", "ended"]
