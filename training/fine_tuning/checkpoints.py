"""Checkpoints: made seldom, taken only when complete, made at once when the job is told to stop.

A job that goes on from one ends with the weights it would have had anyway. So one is never made between an epoch's
last step and its validation, and a stop in the middle of an epoch does not validate.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from transformers import TrainerCallback
from transformers.trainer_utils import SaveStrategy

from training.errors import Interrupted
from training.fine_tuning.manifest import Found, at_step, keep_only, newest_first, seal
from training.log import say

AGREE_EVERY = 8
"""Steps between two rounds of asking the other processes, each of which waits for the device."""

KEPT = 2
"""The newest checkpoints, beside the best: the second is whole in S3 while the first is still on its way there."""


def _agreed(args: Any, *wishes: bool) -> list[bool]:
    """What any process of the job wishes: all must save at the same step."""
    if args.world_size == 1:
        return list(wishes)
    shared = torch.tensor(wishes, dtype=torch.int32, device=args.device)
    torch.distributed.all_reduce(shared, torch.distributed.ReduceOp.MAX)
    return [bool(wish) for wish in shared.tolist()]


class StopSignal:
    """SIGTERM ends the job at the next step while it trains, and at once before; after training the job finishes.

    A validation that runs is finished first: what it finds is part of the checkpoint.
    """

    def __init__(self) -> None:
        self.received = False
        self.training = False
        self.trained = False

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        again, self.received = self.received, True
        # A second one must not break off the tidying up after the first.
        if not (again or self.training or self.trained):
            raise Interrupted

    def training_ended(self) -> None:
        self.training, self.trained = False, True


class Checkpoints(TrainerCallback):  # type: ignore[misc]
    """Asks for a checkpoint every `interval` seconds and on SIGTERM, seals what was saved, removes what is superseded.

    `Trainer` would remove the old one before the new one is sealed.
    """

    def __init__(
        self,
        directory: Path,
        interval: float,
        stop: StopSignal,
        *,
        fingerprint: Mapping[str, str] | None = None,
        found: Found | None = None,
    ) -> None:
        self._directory = directory
        self._interval = interval
        self._stop = stop
        self._fingerprint = dict(fingerprint or {})
        self._found = found
        self._began = self._saved = time.monotonic()

    @property
    def seconds(self) -> float:
        """Of training, before an interruption and since."""
        before = self._found.seal.seconds if self._found else 0.0
        return before + time.monotonic() - self._began

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._began = self._saved = time.monotonic()
        self._stop.training = True
        if self._found and self._found.seal.best is not None:
            # It was written as a path, which another machine need not have.
            state.best_model_checkpoint = str(self._found.best)

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._stop.training_ended()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step >= state.max_steps:
            return
        if args.world_size > 1 and state.global_step % AGREE_EVERY:
            return
        stop, save = _agreed(args, self._stop.received, time.monotonic() - self._saved >= self._interval)
        self._stop.received = stop
        # The validation at the end of the epoch belongs before the checkpoint, and saves one.
        if (stop or save) and not (args.save_strategy == SaveStrategy.EPOCH and _epoch_is_whole(state)):
            control.should_save = True

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Of an epoch that was cut short nothing is validated: it would count among the results."""
        if not _epoch_is_whole(state) and state.global_step < state.max_steps:
            control.should_evaluate = control.should_save = False

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        ended = state.global_step >= state.max_steps or control.should_training_stop
        (self._stop.received,) = _agreed(args, self._stop.received)
        if state.is_world_process_zero:
            self._seal(state, bool(ended), state.best_global_step if args.load_best_model_at_end else None)
        if self._stop.received:
            control.should_training_stop = True
        self._saved = time.monotonic()

    def _seal(self, state: Any, ended: bool, best: int | None) -> None:
        checkpoint = at_step(self._directory, state.global_step)
        seal(checkpoint, fingerprint=self._fingerprint, best=best, ended=ended, seconds=self.seconds)
        say(f"Saved a checkpoint at step {state.global_step:,}")
        kept = newest_first(self._directory)[:KEPT]
        keep_only(self._directory, kept if best is None else [*kept, at_step(self._directory, best)])


def _epoch_is_whole(state: Any) -> bool:
    return bool(state.epoch == int(state.epoch))
