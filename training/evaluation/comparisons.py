"""What the new model is compared with, worked out aside while it is trained."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from training.evaluation.champion import ARCHIVE, REASON, RUN, Champion, ChampionRun, not_compared
from training.evaluation.reference_baseline import BaselineRun
from training.log import say
from training.recipes.base import Baseline, Predictions

if TYPE_CHECKING:
    from training.job import Job


class Rivals:
    """Two processes at the lowest priority: the reference baseline, and the champion where the job has one."""

    def __init__(self, job: Job, given: Mapping[str, Any]) -> None:
        """`given` are the hyperparameters as they came."""
        train, test = job.places.channel("train"), job.places.channel("test")
        self._baseline = BaselineRun(job.recipe.task, job.labels, train, test)
        self._champion: ChampionRun | None = None
        channel = job.places.champion
        if channel and (channel / ARCHIVE).is_file():
            say("The live model is asked for the same held-out rows in another process")
            arguments = {**job.spec.hyperparameters, **given}
            self._champion = ChampionRun(channel, job.recipe, job.labels, test=test, rows=job.test, arguments=arguments)

    def reference(self) -> Baseline | None:
        return self._baseline.result()

    def champion(self, predictions: Predictions) -> Champion | None:
        """None where there is no champion; one that cannot be compared says why."""
        if self._champion:
            return self._champion.result(predictions)
        reason = os.environ.get(REASON)
        return not_compared(os.environ.get(RUN, ""), reason) if reason else None

    def stop(self) -> None:
        self._baseline.stop()
        if self._champion:
            self._champion.stop()
