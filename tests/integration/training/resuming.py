"""Trainings that are broken off at a chosen place and gone on with, beside one that never was."""

from __future__ import annotations

import errno
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch

from tasks import Task
from tests.integration.training.forms import Trial
from tests.integration.training.running import as_a_process, write
from training.common import log
from training.fine_tuning.checkpoints import StopSignal
from training.fine_tuning.fine_tune import fine_tune
from training.fine_tuning.manifest import complete_newest_first
from training.fine_tuning.trainer import LengthGroupedTrainer
from training.inputs.job_inputs import Job, JobPaths

ROWS = 44
DROPOUT = (
    "hidden_dropout_prob",
    "attention_probs_dropout_prob",
    "dropout_rate",
    "attention_dropout",
)


class KilledError(BaseException):
    """In place of SIGKILL: nothing after it runs that a kill would not let run, but for `finally`."""


@dataclass(frozen=True)
class Broken:
    """At the `at`-th call of a method of the trainer, SIGTERM arrives, the process ends or the disk is full."""

    call: int
    by: str = "kill"
    method: str = "training_step"

    @contextmanager
    def applied(self) -> Iterator[None]:
        original: Callable[..., Any] = getattr(LengthGroupedTrainer, self.method)
        calls = 0

        def call(trainer: Any, *arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == self.call:
                if self.by == "kill":
                    raise KilledError
                if self.by == "full disk":
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                signal.raise_signal(signal.SIGTERM)
            return original(trainer, *arguments, **named)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(LengthGroupedTrainer, self.method, call)
            yield


@dataclass(frozen=True)
class Training:
    """One form's rows and settings in a folder; each life is a training from whatever checkpoint lies there."""

    folder: Path
    task: Task
    trial: Trial
    validation: bool = True
    settings: dict[str, Any] = field(default_factory=dict)

    def prepared(self) -> Training:
        counts = {"train": (ROWS, 1), "test": (4, 2)} | (
            {"validation": (12, 3)} if self.validation else {}
        )
        for name, (count, seed) in counts.items():
            rows = self.trial.rows(count, seed)
            write(
                self.folder / name / "rows.jsonl",
                "".join(json.dumps(row) + "\n" for row in rows),
            )
        spec = {
            "task": self.task.name,
            "variant": self.task.variant,
            "labels": list(self.trial.labels),
        }
        write(
            self.folder / "spec" / "spec.json",
            json.dumps(spec | {"base_model": "org/tiny"}),
        )
        with_dropout(self.trial.base(self.folder / "base"))
        return self

    @property
    def checkpoints(self) -> dict[int, Path]:
        """The folders of those that have a manifest, by their steps, the newest first."""
        complete = complete_newest_first(self.folder / "checkpoints")
        return {checkpoint.manifest.step: checkpoint.path for checkpoint in complete}

    def life(
        self, broken: Broken | None = None, **more: Any
    ) -> dict[str, torch.Tensor]:
        """The weights at its end. Raises `Killed` or `Interrupted` where it is broken off."""
        defaults = {
            "train_batch_size": 4,
            "min_steps": 0,
            "checkpoint_seconds": 0,
            "learning_rate": 1e-3,
            "epochs": 3,
        }
        channels = (
            "train",
            "test",
            "spec",
            "base",
            *(("validation",) if self.validation else ()),
        )
        folders = {name: self.folder / name for name in channels}
        folder = self.folder
        paths = JobPaths(
            folder / "model",
            folder / "output",
            folder / "checkpoints",
            folder / "failure",
            **folders,
        )
        with as_a_process():
            log.quieten_libraries()
            job = Job.read(defaults | self.settings | more, paths)
            stop = StopSignal()
            stop.listen()
            if broken is None:
                model = fine_tune(job, stop).model
            else:
                with broken.applied():
                    model = fine_tune(job, stop).model
        return {name: value.clone() for name, value in model.state_dict().items()}


def with_dropout(base: Path) -> None:
    """Without lots in the model itself, much of what could go wrong would not show."""
    config = json.loads((base / "config.json").read_text())
    named = [name for name in DROPOUT if name in config]
    assert named
    (base / "config.json").write_text(json.dumps(config | dict.fromkeys(named, 0.1)))


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(
        torch.equal(value, other[name]) for name, value in one.items()
    )
