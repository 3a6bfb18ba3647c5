"""Computes the reference baseline, in a process of its own at a low priority, so that training hardly notices.

    python -m training.evaluation.reference_baseline <folder>

Reads the folder's request and writes `answer.pickle`: what each row adds to the sums is too much for JSON.
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.locations import TEST_CHANNEL, TRAIN_CHANNEL
from tasks import get_task
from training.common.log import say
from training.common.side_process import (
    LOW_PRIORITY,
    FailedError,
    SideProcess,
    TimedOutError,
    read_request,
    source_environment,
)
from training.inputs.job_inputs import Job, read_rows
from training.recipes import recipe_of
from training.recipes.base import BaselineResult

if TYPE_CHECKING:
    from training.common.types import Tokenizer

PICKLED_ANSWER = "answer.pickle"
TIMEOUT_SECONDS = 600.0
"""How long the job waits for the reference baseline after everything else is done."""


class ReferenceBaseline:
    """Started before training, asked after it."""

    def __init__(self, job: Job) -> None:
        request = {
            "task": job.recipe.task.name,
            "variant": job.recipe.task.variant,
            "labels": list(job.recipe.labels),
            "base": job.base,
            "train": str(job.paths.channel(TRAIN_CHANNEL).resolve()),
            "test": str(job.paths.channel(TEST_CHANNEL).resolve()),
        }
        environment = source_environment() | {"OMP_NUM_THREADS": "1"}
        self._process = SideProcess("baseline", ["-m", __name__], request, environment)

    def result(self) -> BaselineResult | None:
        """None where the task has none, or where it failed or took too long, which the log says."""
        try:
            self._process.wait(TIMEOUT_SECONDS)
        except TimedOutError:
            say(
                f"The reference baseline took longer than {TIMEOUT_SECONDS:.0f} s more than training: left out"
            )
            return None
        except FailedError as error:
            say(f"The reference baseline failed and is left out: {error}")
            return None
        # Our own process wrote it.
        result: BaselineResult | None = pickle.loads(
            (self._process.folder / PICKLED_ANSWER).read_bytes()
        )
        return result

    def stop(self) -> None:
        self._process.stop()


def _tokenizer(source: str) -> Tokenizer:
    from transformers import AutoTokenizer  # noqa: PLC0415

    tokenizer: Tokenizer = AutoTokenizer.from_pretrained(source)
    return tokenizer


def main(folder: Path) -> None:
    os.nice(LOW_PRIORITY)
    request = read_request(folder)
    task = get_task(request["task"], request["variant"])
    train, test = (
        read_rows(Path(request[channel]), task)
        for channel in (TRAIN_CHANNEL, TEST_CHANNEL)
    )
    scorer = recipe_of(task, request["labels"]).scorer
    if task.family == "causal_lm":
        scorer.read_as(_tokenizer(request["base"]))
    result = scorer.reference_baseline(train, test)
    (folder / PICKLED_ANSWER).write_bytes(pickle.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
