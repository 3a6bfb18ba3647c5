"""A whole job in this process: rows to channels, `job.run`, the files it leaves."""

from __future__ import annotations

import json
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from inference.archive import load
from inference.model.environment import Environment
from tasks import Row, Task
from tests.forkserver import python
from tests.integration.training.forms import Trial
from training import job
from training.inputs.job_inputs import JobPaths

TRAIN, TEST = 240, 18


@dataclass(frozen=True)
class FinishedJob:
    """An ended job."""

    task: Task
    trial: Trial
    folder: Path

    @property
    def model(self) -> Path:
        return self.folder / "model"

    def output(self, name: str) -> Any:
        return json.loads((self.folder / "output" / f"{name}.json").read_text("utf-8"))

    def config(self) -> Any:
        return json.loads((self.model / "config.json").read_text("utf-8"))

    def answers(
        self, requests: Sequence[dict[str, Any]], engine: str = "torch"
    ) -> list[Any]:
        """By the serving code of this tree."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TRAINDROP_ENGINE", engine)
            service = load(self.model, Environment.read({"HF_TASK": self.task.name}))
        return [
            json.loads(service.invoke(json.dumps(request).encode()))
            for request in requests
        ]

    def held_out(self) -> list[Row]:
        return self.trial.rows(TEST, 2)


def run_job(folder: Path, task: Task, trial: Trial, **more: Any) -> FinishedJob:
    channels = {
        "train": trial.rows(TRAIN, 1),
        "validation": trial.rows(TEST, 3),
        "test": trial.rows(TEST, 2),
    }
    for name, rows in channels.items():
        write(
            folder / name / "rows.jsonl",
            "".join(json.dumps(row) + "\n" for row in rows),
        )
    spec = {
        "run": "r-1",
        "model": "trial",
        "task": task.name,
        "variant": task.variant,
        "labels": list(trial.labels),
    }
    settings = {
        "hyperparameters": trial.hyperparameters | more,
        "base_model": "org/tiny",
    }
    write(folder / "spec" / "spec.json", json.dumps(spec | settings))
    trial.base(folder / "base")
    channel_folders = {name: folder / name for name in (*channels, "spec", "base")}
    with as_a_process():
        job.run(
            {},
            JobPaths(
                folder / "model",
                folder / "output",
                folder / "checkpoints",
                folder / "failure",
                **channel_folders,
            ),
        )
    return FinishedJob(task, trial, folder)


@contextmanager
def as_a_process() -> Iterator[None]:
    """What a job changes in its process is put back; one thread, so that tests beside it are not slowed."""
    interpreter, sys.executable = sys.executable, python()
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGTERM)
    torch.set_num_threads(1)
    try:
        with warnings.catch_warnings():
            yield
    finally:
        sys.executable = interpreter
        torch.set_num_threads(threads)
        torch.set_flush_denormal(False)
        signal.signal(signal.SIGTERM, handler)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
