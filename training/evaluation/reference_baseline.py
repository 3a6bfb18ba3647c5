"""The baselines, computed in a process of their own at the lowest priority, so that training hardly notices."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tasks import Task, get_task
from training.data import read_rows
from training.log import say
from training.recipes import Recipe, recipe_of
from training.recipes.base import Baseline

PATIENCE = 600.0
"""Seconds that the job waits for the reference baseline after everything else is done."""


class BaselineRun:
    """Started before training, asked after it."""

    def __init__(self, task: Task, labels: Sequence[str], train: Path, test: Path) -> None:
        root = Path(__file__).parents[2]
        path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "training.evaluation.reference_baseline",
                task.name,
                task.variant,
                str(train),
                str(test),
            ],
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(list(labels)).encode())
        self._process.stdin.close()
        self._process.stdin = None

    def result(self) -> Baseline | None:
        """The reference baseline; None where the task has none, or, said in the log, where it could not be had."""
        try:
            output, errors = self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.stop()
            say(f"The reference baseline took longer than {PATIENCE:.0f} s more than training: left out")
            return None
        if self._process.returncode:
            reason = (errors.decode("utf-8", "replace").strip().splitlines() or ["no reason"])[-1]
            say(f"The reference baseline failed and is left out: {reason}")
            return None
        # Our own process wrote it: what each row adds, which is more than JSON should carry.
        found: Baseline | None = pickle.loads(output)
        return found

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()


def reference(recipe: Recipe, labels: Sequence[str], train: Path, test: Path) -> Baseline | None:
    return recipe.reference_baseline(read_rows(train, recipe.task), read_rows(test, recipe.task), labels)


def main(task: str, variant: str, train: str, test: str) -> None:
    os.nice(19)
    labels = json.load(sys.stdin)
    found = reference(recipe_of(get_task(task, variant)), labels, Path(train), Path(test))
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
