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
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
"""How long changes that no request announced may stay unsaved: those made by workflows, schedules and stacks."""
SETTLE_SECONDS = 4.0
"""After the last activity everything is saved once more, for what was still under way."""
PAUSE, AWAITED_PAUSE = 10.0, 1.0
"""Pause after a save, in multiples of the time it took; the shorter one if somebody waits for the next."""
_RETRY_SECONDS = 0.2
_NEVER = float("inf")


@dataclass
class File:
    """`wanted` and `saved` count changes; `cost` is what the last save took, `rest` when the next may begin."""

    wanted: int = 0
    saved: int = 0
    waiting: int = 0
    cost: float = 0.0
    ended: float = 0.0
    failed: bool = False
    digest: bytes = b""

    @property
    def dirty(self) -> bool:
        return self.saved < self.wanted

    @property
    def rest(self) -> float:
        if self.failed:
            return self.ended + _RETRY_SECONDS
        return self.ended + self.cost * (AWAITED_PAUSE if self.waiting else PAUSE)


class StateKeeper:
    """`names()` gives the files there are to save, `take(name)` the text of one now, or None if it has none.

    `take` is called by one thread at a time. If it fails, the file is tried again until it succeeds. `saved(name)` is
    called when the last text taken is on disk.
    """

    def __init__(
        self,
        directory: Path,
        names: Callable[[], Iterable[str]],
        take: Callable[[str], str | None],
        saved: Callable[[str], None] = lambda name: None,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory, self._names, self._take, self._on_saved = directory, names, take, saved
        self._changed = threading.Condition()
        self._files: dict[str, File] = {}
        self._sweep: list[str] = []
        self._sweep_at, self._settle_at = _NEVER, _NEVER
        self._sweep_rest = 0.0
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True, name="state-keeper")

    def touch(self, name: str) -> None:
        """`name` has changed and is to be saved at once, everything else a little later."""
        with self._changed:
            self._file(name).wanted += 1
            self._note_activity()

    def stir(self) -> None:
        """Something may have changed somewhere."""
        with self._changed:
            self._note_activity()

    def wait(self, name: str, seconds: float = 1.0) -> bool:
        """Waits until what `name` was at the last `touch` is on disk; False if it still is not after `seconds`."""
        with self._changed:
            file = self._file(name)
            target = file.wanted
            file.waiting += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: file.saved >= target or self._closed, seconds)
            finally:
                file.waiting -= 1

    def start(self) -> None:
        self._thread.start()

    @property
    def started(self) -> bool:
        return self._thread.ident is not None

    def stop(self) -> None:
        """Ends the thread; nothing is saved any more but by `save_everything`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def save_everything(self) -> None:
        for name in list(self._names()):
            self._save(name)

    def _file(self, name: str) -> File:
        return self._files.setdefault(name, File())

    def _note_activity(self) -> None:
        now = time.monotonic()
        self._settle_at = now + SETTLE_SECONDS
        if self._sweep_at == _NEVER:
            self._sweep_at = max(now + SWEEP_SECONDS, self._sweep_rest)
        self._changed.notify_all()

    def _run(self) -> None:
        while (name := self._next()) is not None:
            self._save(name)

    def _next(self) -> str | None:
        """The file to save now, waited for; None when closed. What was touched goes before what is swept."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                dirty = {name: file for name, file in self._files.items() if file.dirty}
                if due := [name for name, file in dirty.items() if file.rest <= now]:
                    return max(due, key=lambda name: dirty[name].waiting)
                self._begin_sweep(now)
                if self._sweep:
                    return self._sweep.pop()
                at = min([self._sweep_at, self._settle_at, *(file.rest for file in dirty.values()), now + 60])
                self._changed.wait(max(0.0, at - now))
            return None

    def _begin_sweep(self, now: float) -> None:
        if not self._sweep and now >= min(self._sweep_at, self._settle_at):
            self._sweep = list(self._names())
            self._sweep_at = _NEVER
            self._settle_at = _NEVER if now >= self._settle_at else self._settle_at
            self._sweep_rest = now + PAUSE * sum(self._file(name).cost for name in self._sweep)

    def _save(self, name: str) -> None:
        with self._changed:
            file = self._file(name)
            target = file.wanted
        began = time.monotonic()
        done = self._write(name, file)
        with self._changed:
            file.ended = time.monotonic()
            file.cost = file.ended - began
            file.failed = not done
            if done:
                file.saved = target
            elif not file.dirty:
                file.wanted += 1
            self._changed.notify_all()

    def _write(self, name: str, file: File) -> bool:
        try:
            text = self._take(name)
            data = b"" if text is None else text.encode()
            digest = hashlib.blake2b(data).digest()
            if data and digest != file.digest:
                fresh = self._directory / f"{name}.json.tmp"
                fresh.write_bytes(data)
                fresh.replace(self._directory / f"{name}.json")
                file.digest = digest
            self._on_saved(name)
        except Exception:
            logger.warning("the state of %s could not be saved; trying again", name, exc_info=True)
            return False
        return True
