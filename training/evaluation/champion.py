"""The contest with the model that is live: its archive, asked for the same held-out rows while the new one is trained.

Whatever goes wrong with it is a reason not to compare, never one to fail the job.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks import Row
from training.log import say
from training.metrics.bootstrap import Tally
from training.packaging.verification import serving_environment
from training.recipes.base import Predictions, Recipe

ARCHIVE = "model.tar.gz"
RUN = "TRAINDROP_CHAMPION"
"""The variable that names the run that is live, whose archive the channel holds."""
REASON = "TRAINDROP_CHAMPION_REASON"
"""The variable that says in a clause why there is no channel, where there is a live model that cannot be compared."""
PATIENCE = 1800.0
"""Seconds that the job waits for the champion's answers after everything else is done."""


@dataclass(frozen=True)
class Champion:
    """`tally` over the held-out rows; None where it cannot be compared, and `reason` a sentence that says why."""

    run: str
    tally: Tally | None
    reason: str = ""

    @property
    def name(self) -> str:
        return f"the live model ({self.run})" if self.run else "the live model"


def not_compared(run: str, reason: str) -> Champion:
    """`reason` is a clause; it is said in the log, too."""
    sentence = f"The live model was not compared: {reason}."
    say(sentence)
    return Champion(run, None, sentence)


class ChampionRun:
    """Started before training, asked after it."""

    def __init__(
        self,
        channel: Path,
        recipe: Recipe,
        labels: Sequence[str],
        *,
        test: Path,
        rows: Sequence[Row],
        arguments: Mapping[str, Any],
    ) -> None:
        """`test` is the folder of the held-out `rows`; `arguments` those that were given."""
        self._run = os.environ.get(RUN, "")
        self._recipe, self._labels, self._rows = recipe, labels, rows
        self._folder = Path(tempfile.mkdtemp(prefix="champion-"))
        archive = str((channel / ARCHIVE).resolve())
        requests = recipe.questions(rows)
        if requests is None:
            task = recipe.task
            asked: dict[str, Any] = {
                "task": task.name,
                "variant": task.variant,
                "rows": str(test.resolve()),
                "arguments": arguments,
            }
            self._start(
                asked | {"archive": archive}, ["-m", "training.evaluation.read_champion"], _reading_environment()
            )
        else:
            asked = {"requests": requests, "labels": list(recipe.outputs(labels)), "archive": archive}
            script = Path(__file__).with_name("serve_champion.py")
            # Weights against weights: what a graph loses was looked at when it was packed.
            told = {"HF_TASK": recipe.task.name, "TRAINDROP_ENGINE": "torch"}
            self._start(asked, ["-P", str(script)], serving_environment() | told)

    def _start(self, asked: Mapping[str, Any], command: Sequence[str], environment: Mapping[str, str]) -> None:
        (self._folder / "asked.json").write_text(json.dumps(asked), "utf-8")
        self._process = subprocess.Popen(
            [sys.executable, *command, str(self._folder)],
            cwd=self._folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def result(self, predictions: Predictions) -> Champion:
        """`predictions` are the new model's: of language models, which are measured by tokens, they must be as many."""
        try:
            answers = self._answers()
            if self._recipe.questions(self._rows[:1]) is None:
                _need_same_tokens(answers, predictions)
            else:
                answers = [self._recipe.heard(answer, self._labels) for answer in answers]
            return Champion(self._run, self._recipe.tally(answers, self._rows, self._labels))
        except _NotComparableError as error:
            reason = str(error)
        except Exception as error:
            # Answers of a shape that no one foresaw: code of the drop's own may answer anything.
            reason = f"its answers are not those of the task ({type(error).__name__}: {error})"
        finally:
            self.stop()
        return not_compared(self._run, reason)

    def _answers(self) -> Sequence[Any]:
        try:
            _, errors = self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise _NotComparableError(f"it took longer than {PATIENCE:.0f} s more than training") from None
        if self._process.returncode:
            last = (errors.strip().splitlines() or [f"exit code {self._process.returncode}"])[-1]
            raise _NotComparableError(f"its archive does not serve here ({last})")
        found: dict[str, Any] = json.loads((self._folder / "answers.json").read_text("utf-8"))
        if "reason" in found:
            raise _NotComparableError(found["reason"])
        answers: list[Any] = found["answers"]
        return answers

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)


class _NotComparableError(Exception):
    """A clause on why the champion's numbers would not be about the same thing."""


def _need_same_tokens(answers: Sequence[Any], predictions: Predictions) -> None:
    if [each["tokens"] for each in answers] != [each["tokens"] for each in predictions]:
        raise _NotComparableError("it reads the texts in other tokens, by its tokenizer or its max_length")


def _reading_environment() -> dict[str, str]:
    root = Path(__file__).parents[2]
    path = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1"}
