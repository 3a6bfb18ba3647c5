"""Checkpoints: saved seldom, used only when complete, saved at once when the job has to stop.

A job that resumes one ends with the weights it would have had anyway. So none is saved between an epoch's last step and
its validation, and a stop in the middle of an epoch does not validate.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from types import FrameType

import torch
from transformers import (
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer_utils import SaveStrategy

from training.common.errors import Interrupted
from training.common.log import say
from training.fine_tuning.checkpoint_folders import CheckpointFolders
from training.fine_tuning.manifest import (
    Checkpoint,
    complete_newest_first,
    keep_only,
    write_manifest,
)

AGREEMENT_STEPS = 8
"""Steps between two rounds of asking the other processes, each of which waits for the device."""
KEPT_CHECKPOINTS = 2
"""The newest ones, beside the best: the second is whole in S3 while the first is still being uploaded."""


def _agreed(args: TrainingArguments, *wishes: bool) -> list[bool]:
    """Each wish that any process of the job has: all of them must save at the same step."""
    if args.world_size == 1:
        return list(wishes)
    shared = torch.tensor(wishes, dtype=torch.int32, device=args.device)
    torch.distributed.all_reduce(shared, torch.distributed.ReduceOp.MAX)
    return [bool(wish) for wish in shared.tolist()]


class StopSignal:
    """SIGTERM ends the job at the next step while it trains, and at once before; after training the job finishes.

    A validation that runs is finished first, because its result is part of the checkpoint.
    """

    def __init__(self) -> None:
        self.received = False
        self.training = False
        self.trained = False

    def listen(self) -> None:
        signal.signal(signal.SIGTERM, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        repeated, self.received = self.received, True
        # A second signal must not break off the clean-up after the first.
        if not (repeated or self.training or self.trained):
            raise Interrupted

    def next_training(self) -> None:
        """After one that ended and that is not the last."""
        self.training = self.trained = False

    def training_ended(self) -> None:
        self.training, self.trained = False, True


class Checkpoints(TrainerCallback):  # type: ignore[misc]
    """Asks for a checkpoint every so often and on SIGTERM, writes its manifest, removes those that are superseded.

    `Trainer` would remove the old one before the manifest of the new one is written.
    """

    def __init__(
        self,
        folders: CheckpointFolders,
        interval_seconds: float,
        stop: StopSignal,
        *,
        fingerprint: Mapping[str, str] | None = None,
        resumed: Checkpoint | None = None,
    ) -> None:
        self._folders = folders
        self._interval_seconds = interval_seconds
        self._stop = stop
        self._fingerprint = dict(fingerprint or {})
        self._resumed = resumed
        self._started = self._saved = time.monotonic()

    @property
    def seconds(self) -> float:
        """Of training, before an interruption and since."""
        before = self._resumed.manifest.seconds if self._resumed else 0.0
        return before + time.monotonic() - self._started

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: object,
    ) -> None:
        self._started = self._saved = time.monotonic()
        self._stop.training = True
        if self._resumed and self._resumed.manifest.best is not None:
            # It was saved as a path, which another machine need not have.
            state.best_model_checkpoint = str(self._resumed.best)

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: object,
    ) -> None:
        self._stop.training_ended()

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: object,
    ) -> None:
        if state.global_step >= state.max_steps:
            return
        if args.world_size > 1 and state.global_step % AGREEMENT_STEPS:
            return
        due = time.monotonic() - self._saved >= self._interval_seconds
        stop, save = _agreed(args, self._stop.received, due)
        self._stop.received = stop
        # The validation at the end of the epoch comes before the checkpoint, and saves one.
        validates_next = (
            args.save_strategy == SaveStrategy.EPOCH and _epoch_is_complete(state)
        )
        if (stop or save) and not validates_next:
            control.should_save = True

    def on_epoch_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: object,
    ) -> None:
        """An epoch that was cut short is not validated: it would count among the results."""
        if not _epoch_is_complete(state) and state.global_step < state.max_steps:
            control.should_evaluate = control.should_save = False

    def on_save(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: object,
    ) -> None:
        ended = state.global_step >= state.max_steps or control.should_training_stop
        (self._stop.received,) = _agreed(args, self._stop.received)
        if state.is_world_process_zero:
            self._complete(
                state,
                bool(ended),
                state.best_global_step if args.load_best_model_at_end else None,
            )
        if self._stop.received:
            control.should_training_stop = True
        self._saved = time.monotonic()

    def _complete(self, state: TrainerState, ended: bool, best: int | None) -> None:
        write_manifest(
            self._folders.at_step(state.global_step),
            state.global_step,
            fingerprint=self._fingerprint,
            best=best,
            ended=ended,
            seconds=self.seconds,
        )
        say(f"Saved a checkpoint at step {state.global_step:,}")
        newest = complete_newest_first(self._folders.directory)
        kept = [checkpoint.path for checkpoint in newest[:KEPT_CHECKPOINTS]]
        keep_only(self._folders.directory, [*kept, newest[0].best])


def _epoch_is_complete(state: TrainerState) -> bool:
    return bool(state.epoch == int(state.epoch))
