"""Keeps ministack's state on disk while it runs, so that a kill at any moment loses next to nothing.

ministack itself saves only when it stops in good order. Here a thread saves each service soon after it changed, one
file a service, written beside and moved over. Who must not lose a change waits for the save that holds it:

    change A   change B            change C
       |  save 1  |     save 2        |   save 3
       +--[=====]-+----[=====]--------+--[=====]
                ^ A is safe  ^ B is safe       ^ C is safe

Between two saves of a service there is a pause in proportion to what a save costs, so that large states cost no more
time than small ones; only the window grows.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

QUICK_SECONDS = 0.05
"""A save that took no longer is worth waiting for."""
SWEEP_SECONDS = 1.0
"""How long changes that no request announced may stay unsaved: those made by workflows, schedules and stacks."""
SETTLE_SECONDS = 4.0
"""After the last activity everything is saved once more, for what was still under way."""
_QUICK_PAUSE, _SLOW_PAUSE = 1.0, 10.0
"""Pause after a save, in multiples of the time it took."""
_ATTEMPTS = 5

Sources = Callable[[], Mapping[str, Callable[[], Any]]]


class StateKeeper:
    """`sources()` gives, for each file, the function that takes the state; `encode(name, state)` its text."""

    def __init__(self, directory: Path, sources: Sources, encode: Callable[[str, Any], str]) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory, self._sources, self._encode = directory, sources, encode
        self._changed = threading.Condition()
        self._clock = 0
        self._wanted: dict[str, int] = {}
        self._saved: dict[str, int] = {}
        self._rest: dict[str, float] = {}
        self.cost: dict[str, float] = {}
        """Seconds the last save of each file took."""
        self._digests: dict[str, bytes] = {}
        self._sweep_at = float("inf")
        self._settle_at = float("inf")
        self._saving = threading.Lock()
        self._closed = False

    def touch(self, name: str) -> None:
        """`name` has changed and is to be saved at once, everything else a little later."""
        with self._changed:
            self._clock += 1
            self._wanted[name] = self._clock
            self._mark_active()
            self._changed.notify_all()

    def stir(self) -> None:
        """Something may have changed somewhere."""
        with self._changed:
            self._mark_active()
            self._changed.notify_all()

    def _mark_active(self) -> None:
        now = time.monotonic()
        self._settle_at = now + SETTLE_SECONDS
        if self._sweep_at == float("inf"):
            self._sweep_at = max(now + SWEEP_SECONDS, self._rest.get("*", 0.0))

    def wait(self, name: str, seconds: float = 1.0) -> bool:
        """Waits until what `name` was at the last `touch` is on disk; False if its saves are too slow to wait for."""
        with self._changed:
            target = self._wanted.get(name, 0)
            if self.cost.get(name, 0.0) > QUICK_SECONDS:
                return False
            return self._changed.wait_for(lambda: self._saved.get(name, 0) >= target or self._closed, seconds)

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True, name="state-keeper").start()

    def close(self) -> None:
        """Saves everything a last time; later changes are not saved any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.save_everything()

    def save_everything(self) -> None:
        for name in self._sources():
            self._save(name)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closed and not self._due():
                    self._changed.wait(self._next() - time.monotonic())
                if self._closed:
                    return
                names, sweep = self._due_names(), self._take_sweep()
            for name in names:
                self._save(name)
            if sweep:
                started = time.monotonic()
                self.save_everything()
                with self._changed:
                    ended = time.monotonic()
                    self._rest["*"] = ended + (ended - started) * _SLOW_PAUSE

    def _due_names(self) -> list[str]:
        now = time.monotonic()
        return [n for n, t in self._wanted.items() if self._saved.get(n, 0) < t and self._rest.get(n, 0.0) <= now]

    def _due(self) -> bool:
        return bool(self._due_names()) or time.monotonic() >= min(self._sweep_at, self._settle_at)

    def _next(self) -> float:
        resting = [self._rest.get(n, 0.0) for n, t in self._wanted.items() if self._saved.get(n, 0) < t]
        return min([time.monotonic() + 60.0, self._sweep_at, self._settle_at, *resting])

    def _take_sweep(self) -> bool:
        now = time.monotonic()
        if now < min(self._sweep_at, self._settle_at):
            return False
        self._sweep_at = float("inf")
        if now >= self._settle_at:
            self._settle_at = float("inf")
        return True

    def _save(self, name: str) -> None:
        with self._saving:
            with self._changed:
                target = self._wanted.get(name, 0)
            started = time.monotonic()
            text = self._text(name)
            if text is not None:
                self._write(name, text)
            ended = time.monotonic()
        with self._changed:
            cost = self.cost[name] = ended - started
            self._saved[name] = max(target, self._saved.get(name, 0))
            self._rest[name] = ended + cost * (_QUICK_PAUSE if cost <= QUICK_SECONDS else _SLOW_PAUSE)
            self._changed.notify_all()

    def _text(self, name: str) -> str | None:
        """The state now; other threads go on changing it, so a walk through it may have to be started again."""
        take = self._sources().get(name)
        for attempt in range(_ATTEMPTS if take else 0):
            try:
                state = take() if take else None
                return None if state is None else self._encode(name, state)
            except RuntimeError:
                if attempt == _ATTEMPTS - 1:
                    raise
        return None

    def _write(self, name: str, text: str) -> None:
        data = text.encode()
        digest = hashlib.blake2b(data).digest()
        if self._digests.get(name) == digest:
            return
        fresh = self._directory / f"{name}.json.tmp"
        fresh.write_bytes(data)
        fresh.replace(self._directory / f"{name}.json")
        self._digests[name] = digest
