"""What the new model is compared with, computed in other processes while it is trained."""

from __future__ import annotations

import os

from contracts.environment import JobVariable
from contracts.locations import MODEL_ARCHIVE
from training.common.log import say
from training.evaluation.champion import (
    ChampionComparison,
    ChampionResult,
    not_compared,
)
from training.evaluation.reference_baseline import ReferenceBaseline
from training.inputs.job_inputs import Job
from training.recipes.base import BaselineResult, Predictions


class Comparisons:
    """The reference baseline, and the champion where the job has its archive."""

    def __init__(self, job: Job) -> None:
        self._baseline = ReferenceBaseline(job)
        self._champion: ChampionComparison | None = None
        if job.paths.champion and (job.paths.champion / MODEL_ARCHIVE).is_file():
            say("The live model is asked for the same held-out rows in another process")
            self._champion = ChampionComparison(job)

    def reference(self) -> BaselineResult | None:
        return self._baseline.result()

    def champion(self, predictions: Predictions) -> ChampionResult | None:
        """None where there is no champion; one that cannot be compared has a reason."""
        if self._champion:
            return self._champion.result(predictions)
        reason = os.environ.get(JobVariable.CHAMPION_REASON)
        return (
            not_compared(os.environ.get(JobVariable.CHAMPION, ""), reason)
            if reason
            else None
        )

    def stop(self) -> None:
        self._baseline.stop()
        if self._champion:
            self._champion.stop()
