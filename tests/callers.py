"""Clients that call a model all the time, in threads of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

CALLERS = 2


@contextmanager
def calling(call: Callable[[], None], pause_seconds: float = 0.0) -> Iterator[None]:
    """Each repeats `call` until the block ends; `call` is to catch its own errors."""
    done = threading.Event()

    def repeat() -> None:
        while not done.is_set():
            call()
            done.wait(pause_seconds)

    callers = [threading.Thread(target=repeat) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    try:
        yield
    finally:
        done.set()
        for caller in callers:
            caller.join()
