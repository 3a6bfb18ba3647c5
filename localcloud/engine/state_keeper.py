"""Keeps ministack's state on disk while it runs, so that a kill at any moment loses next to nothing.

ministack itself saves only when it stops in good order. Here a thread saves each service soon after it changed, one
file a service, written as a new file and moved over the old one. Who must not lose a change waits for the save that
holds it:

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
import shutil
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
PAUSE_FACTOR, AWAITED_PAUSE_FACTOR = 10.0, 1.0
"""Pause after a save, in multiples of the time it took; the shorter one if somebody waits for the next."""
_RETRY_SECONDS = 0.2
_MAX_IDLE_SECONDS = 60.0
_NEVER = float("inf")


@dataclass
class StateFile:
    """The file of one service. Times are in seconds of `time.monotonic`."""

    changes: int = 0
    saved_changes: int = 0
    """How many of `changes` are on disk."""
    waiting: int = 0
    """How many threads wait for a save."""
    save_seconds: float = 0.0
    """What the last save took."""
    saved_at: float = 0.0
    failed: bool = False
    digest: bytes = b""

    @property
    def is_changed(self) -> bool:
        return self.saved_changes < self.changes

    @property
    def next_save_at(self) -> float:
        """The earliest time of the next save."""
        if self.failed:
            return self.saved_at + _RETRY_SECONDS
        factor = AWAITED_PAUSE_FACTOR if self.waiting else PAUSE_FACTOR
        return self.saved_at + self.save_seconds * factor


def previous_path(path: Path) -> Path:
    """Where the last save but one of a state file is kept, should power be lost while the last one is written."""
    return path.with_name(f"{path.name}.previous")


def _keep_previous(path: Path) -> None:
    if path.exists():
        new_name = path.with_name(f"{path.name}.previous.tmp")
        new_name.unlink(missing_ok=True)
        try:
            new_name.hardlink_to(path)
        except OSError:
            shutil.copyfile(path, new_name)  # a file system without links
        new_name.replace(previous_path(path))


class StateKeeper:
    """`names()` gives the files there are to save, `take(name)` the text of one now, or None if it has none.

    `take` is called by one thread at a time. If it fails, the file is tried again until it succeeds. `on_saved(name)`
    is called when the last text taken is on disk.
    """

    def __init__(
        self,
        folder: Path,
        names: Callable[[], Iterable[str]],
        take: Callable[[str], str | None],
        on_saved: Callable[[str], None] = lambda name: None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self._names, self._take, self._on_saved = (
            folder,
            names,
            take,
            on_saved,
        )
        self._changed = threading.Condition()
        self._files: dict[str, StateFile] = {}
        self._sweep: list[str] = []
        """Files that the sweep under way has still to save."""
        self._sweep_at, self._settle_at = _NEVER, _NEVER
        self._earliest_sweep_at = 0.0
        self._closed = False
        self._thread = threading.Thread(
            target=self._run, daemon=True, name="state-keeper"
        )

    def start(self) -> None:
        self._thread.start()

    @property
    def is_started(self) -> bool:
        return self._thread.ident is not None

    def stop(self) -> None:
        """Ends the thread. After that only `save_everything` saves."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def save_everything(self) -> None:
        for name in list(self._names()):
            self._save(name)

    # ---- announcements -------------------------------------------------------------------------------------------

    def mark_changed(self, name: str) -> None:
        """`name` has changed and is to be saved at once, everything else a little later."""
        with self._changed:
            self._file(name).changes += 1
            self._note_activity()

    def schedule_sweep(self) -> None:
        """Something may have changed somewhere: everything is to be saved a little later."""
        with self._changed:
            self._note_activity()

    def wait_until_saved(self, name: str, seconds: float = 1.0) -> bool:
        """Waits until the last announced change of `name` is on disk. False if it still is not after `seconds`."""
        with self._changed:
            file = self._file(name)
            target = file.changes
            file.waiting += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(
                    lambda: file.saved_changes >= target or self._closed, seconds
                )
            finally:
                file.waiting -= 1

    def _file(self, name: str) -> StateFile:
        return self._files.setdefault(name, StateFile())

    def _note_activity(self) -> None:
        now = time.monotonic()
        self._settle_at = now + SETTLE_SECONDS
        if self._sweep_at == _NEVER:
            self._sweep_at = max(now + SWEEP_SECONDS, self._earliest_sweep_at)
        self._changed.notify_all()

    # ---- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (name := self._wait_for_next()) is not None:
            self._save(name)

    def _wait_for_next(self) -> str | None:
        """Waits for a file to save; None when closed. Announced changes go before the sweep."""
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                name = self._most_awaited(now)
                if name:
                    return name
                self._begin_sweep_if_due(now)
                if self._sweep:
                    return self._sweep.pop()
                self._changed.wait(max(0.0, self._next_time(now) - now))
            return None

    def _most_awaited(self, now: float) -> str | None:
        """Of the changed files whose pause is over, the one that most threads wait for."""
        due = [
            name
            for name, file in self._files.items()
            if file.is_changed and file.next_save_at <= now
        ]
        return max(due, key=lambda name: self._files[name].waiting, default=None)

    def _next_time(self, now: float) -> float:
        """When there may be something to do, if nothing happens before."""
        saves = [file.next_save_at for file in self._files.values() if file.is_changed]
        return min([self._sweep_at, self._settle_at, *saves, now + _MAX_IDLE_SECONDS])

    def _begin_sweep_if_due(self, now: float) -> None:
        if self._sweep or now < min(self._sweep_at, self._settle_at):
            return
        self._sweep = list(self._names())
        self._sweep_at = _NEVER
        if now >= self._settle_at:
            self._settle_at = _NEVER
        sweep_seconds = sum(self._file(name).save_seconds for name in self._sweep)
        self._earliest_sweep_at = now + PAUSE_FACTOR * sweep_seconds

    def _save(self, name: str) -> None:
        with self._changed:
            file = self._file(name)
            target = file.changes
        started = time.monotonic()
        is_saved = self._write(name, file)
        with self._changed:
            file.saved_at = time.monotonic()
            file.save_seconds = file.saved_at - started
            file.failed = not is_saved
            if is_saved:
                file.saved_changes = target
            elif not file.is_changed:
                file.changes += 1
            self._changed.notify_all()

    def _write(self, name: str, file: StateFile) -> bool:
        """Whether the state could be taken and is on disk."""
        try:
            text = self._take(name)
            data = b"" if text is None else text.encode()
            digest = hashlib.blake2b(data).digest()
            if data and digest != file.digest:
                path = self._folder / f"{name}.json"
                new_file = self._folder / f"{name}.json.tmp"
                new_file.write_bytes(data)
                _keep_previous(path)
                new_file.replace(path)
                file.digest = digest
            self._on_saved(name)
        except Exception:
            logger.warning(
                "the state of %s could not be saved; trying again", name, exc_info=True
            )
            return False
        return True
