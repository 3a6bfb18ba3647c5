"""Checkpoints: made seldom, taken only when complete, made at once when the job is told to stop."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from transformers import TrainerCallback

from training.errors import Interrupted
from training.log import say

SEAL = "complete.json"
"""Written last, with the size of every file: what was killed half-way, or uploaded in part, does not fit it."""

AGREE_EVERY = 8
"""Steps between two rounds of asking the other processes, each of which waits for the device."""


def last_complete(directory: Path) -> Path | None:
    """The newest checkpoint all of whose files are there in full."""
    found = [path for path in directory.glob("checkpoint-*") if path.name.rpartition("-")[2].isdigit()]
    newest_first = sorted(found, key=lambda path: -int(path.name.rpartition("-")[2]))
    return next((path for path in newest_first if is_complete(path)), None)


def is_complete(checkpoint: Path) -> bool:
    try:
        expected = json.loads((checkpoint / SEAL).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return bool(expected == _sizes(checkpoint))


def seal(checkpoint: Path) -> None:
    """Marks the checkpoint as complete, in one step."""
    draft = checkpoint.parent / f".{checkpoint.name}.{SEAL}"
    draft.write_text(json.dumps(_sizes(checkpoint)), "utf-8")
    draft.replace(checkpoint / SEAL)


def _sizes(checkpoint: Path) -> dict[str, int]:
    files = (path for path in sorted(checkpoint.rglob("*")) if path.is_file() and path.name != SEAL)
    return {path.relative_to(checkpoint).as_posix(): path.stat().st_size for path in files}


def _agreed(args: Any, *wishes: bool) -> list[bool]:
    """What any process of the job wishes: all must save at the same step."""
    if args.world_size == 1:
        return list(wishes)
    shared = torch.tensor(wishes, dtype=torch.int32, device=args.device)
    torch.distributed.all_reduce(shared, torch.distributed.ReduceOp.MAX)
    return [bool(wish) for wish in shared.tolist()]


class StopSignal:
    """SIGTERM ends the job at the next step while it trains, and at once before; after training the job finishes."""

    def __init__(self) -> None:
        self.received = False
        self.training = False
        self.trained = False

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.received = True
        if not self.training and not self.trained:
            raise Interrupted


class Checkpoints(TrainerCallback):  # type: ignore[misc]
    """Asks for a checkpoint every `interval` seconds and on SIGTERM, and seals what was saved."""

    def __init__(self, directory: Path, interval: float, stop: StopSignal) -> None:
        self._directory = directory
        self._interval = interval
        self._stop = stop
        self._saved = time.monotonic()

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._saved = time.monotonic()
        self._stop.training = True

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._stop.training = False
        self._stop.trained = True

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step >= state.max_steps:
            return
        if args.world_size > 1 and state.global_step % AGREE_EVERY:
            return
        stop, save = _agreed(args, self._stop.received, time.monotonic() - self._saved >= self._interval)
        if stop:
            control.should_save = control.should_training_stop = self._stop.received = True
        elif save:
            control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._saved = time.monotonic()
        if state.is_world_process_zero:
            seal(self._directory / f"checkpoint-{state.global_step}")
            say(f"Saved a checkpoint at step {state.global_step:,}")
