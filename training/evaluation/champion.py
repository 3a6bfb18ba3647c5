"""The comparison with the model that is live: its archive answers the same held-out rows while the new one is trained.

Whatever goes wrong with it is a reason not to compare, never one to fail the job.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts import evaluation
from contracts.changes import Changes
from contracts.environment import JobVariable, ServingVariable
from contracts.locations import CHAMPION_CHANNEL, MODEL_ARCHIVE, TEST_CHANNEL
from training.common.log import say
from training.common.side_process import (
    OFFLINE_ON_CPU,
    FailedError,
    SideProcess,
    TimedOutError,
    serving_environment,
    source_environment,
)
from training.common.types import Json
from training.evaluation.changes import changes
from training.inputs.job_inputs import Job
from training.metrics.sums import MetricSums, TokenCounts
from training.recipes.base import Predictions

TIMEOUT_SECONDS = 1800.0
"""How long the job waits for the champion's answers after everything else is done."""
BACKENDS = ("onnxruntime", "auto")
"""Its graph answers where it has one, as the new model's does, even where torch would be faster here."""
SCRIPT = Path(__file__).with_name("serve_champion.py")


@dataclass(frozen=True)
class ChampionResult:
    """What the live model reaches on the held-out rows."""

    run: str
    sums: MetricSums | None
    """None where it cannot be compared."""
    reason: str = ""
    """Why it cannot be compared: a sentence."""
    changes: Changes | None = None
    """Where the new model's answers are otherwise."""

    @property
    def name(self) -> str:
        return f"the live model ({self.run})" if self.run else "the live model"

    def report(self) -> evaluation.Champion | None:
        """None where it cannot be compared."""
        if self.sums is None:
            return None
        return evaluation.Champion(
            run=self.run, name=self.name, metrics=self.sums.metrics()
        )


def not_compared(run: str, reason: str) -> ChampionResult:
    """`reason` is a clause, which goes to the log, too."""
    sentence = f"The live model was not compared: {reason}."
    say(sentence)
    return ChampionResult(run, None, sentence)


class ChampionComparison:
    """Started before training, asked after it. Only for a job with an archive in its champion channel.

    The archive's own code answers requests, where responses have all that is measured. A language model's weights are
    read by our code instead, because no response says how likely the tokens of a text are.
    """

    def __init__(self, job: Job) -> None:
        self._run = os.environ.get(JobVariable.CHAMPION, "")
        self._recipe, self._rows = job.recipe, job.test
        archive = str((job.paths.channel(CHAMPION_CHANNEL) / MODEL_ARCHIVE).resolve())
        requests = job.recipe.served.evaluation_requests(job.test)
        self._reads_weights = requests is None
        if requests is None:
            self._process = _read_weights(job, archive)
        else:
            request: dict[str, Json] = {
                "archive": archive,
                "labels": list(job.recipe.served.class_names),
                "requests": requests,
                "environments": [{ServingVariable.BACKEND: name} for name in BACKENDS],
            }
            self._process = SideProcess(
                "champion",
                ["-P", str(SCRIPT)],
                request,
                serving_environment() | {ServingVariable.TASK: job.recipe.task.name},
            )

    def result(self, predictions: Predictions) -> ChampionResult:
        """`predictions` are the new model's: language models must have been measured by the same tokens."""
        try:
            answers = self._answers()
            if self._reads_weights:
                _require_same_tokens(answers, predictions)
            scorer, rows = self._recipe.scorer, self._rows
            return ChampionResult(
                self._run,
                scorer.sums(answers, rows),
                changes=changes(scorer, scorer.answers(predictions), answers, rows),
            )
        except NotComparableError as error:
            reason = str(error)
        except Exception as error:
            # The drop's own code may answer anything.
            reason = f"its answers are not those of the task ({type(error).__name__}: {error})"
        finally:
            self.stop()
        return not_compared(self._run, reason)

    def _answers(self) -> Sequence[Any]:
        """One answer a row, as the task's scorer measures it. Raises `NotComparableError`."""
        try:
            self._process.wait(TIMEOUT_SECONDS)
        except TimedOutError:
            raise NotComparableError(
                f"it took longer than {TIMEOUT_SECONDS:.0f} s more than training"
            ) from None
        except FailedError as error:
            raise NotComparableError(
                f"its archive does not serve here ({error})"
            ) from None
        answer = self._process.read_answer()
        if "reason" in answer:
            raise NotComparableError(answer["reason"])
        if self._reads_weights:
            return [TokenCounts(**counts) for counts in answer["answers"]]
        return [
            self._recipe.served.parse_response(response)
            for response in answer["answers"]
        ]

    def stop(self) -> None:
        self._process.stop()


def _read_weights(job: Job, archive: str) -> SideProcess:
    request: dict[str, Json] = {
        "task": job.recipe.task.name,
        "variant": job.recipe.task.variant,
        "rows": str(job.paths.channel(TEST_CHANNEL).resolve()),
        "arguments": job.hyperparameters,
        "archive": archive,
    }
    command = ["-m", "training.evaluation.read_champion"]
    return SideProcess(
        "champion", command, request, source_environment() | OFFLINE_ON_CPU
    )


class NotComparableError(Exception):
    """A clause on why the champion's metrics would not be about the same thing."""


def _require_same_tokens(
    champion: Sequence[TokenCounts], model: Sequence[TokenCounts]
) -> None:
    """Raises `NotComparableError`."""
    if [counts.tokens for counts in champion] != [counts.tokens for counts in model]:
        raise NotComparableError(
            "it reads the texts in other tokens, by its tokenizer or its max_length"
        )
