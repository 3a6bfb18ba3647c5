"""What happens when a training collapses: it starts again at a third of the learning rate, at most twice.

How often is kept beside the checkpoints, so that a job that resumes on another machine goes on at the lowered rate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from contracts.documents import ContractError
from contracts.evaluation import Collapse, TrainingFacts
from tasks.hyperparameters import Hyperparameters
from training.common.errors import CollapsedError
from training.common.log import is_main_process, say
from training.fine_tuning.memory import free_memory

T = TypeVar("T")
MAX_RESTARTS = 2
RATE_DIVISOR = 3
FILE_NAME = "restarts.json"


class Restarts:
    """The collapses of one training, in a file of the folder of its checkpoints."""

    def __init__(self, folder: Path, fingerprint: Mapping[str, str]) -> None:
        """A file of another training is not read."""
        self._path = folder / FILE_NAME
        self._fingerprint = dict(fingerprint)
        self.collapses = self._read()

    @property
    def is_left(self) -> bool:
        return len(self.collapses) < MAX_RESTARTS

    def lowered(self, arguments: Hyperparameters) -> Hyperparameters:
        """The arguments with the rate that no training has collapsed at yet."""
        rate = arguments.learning_rate / RATE_DIVISOR ** len(self.collapses)
        return replace(arguments, learning_rate=rate)

    def facts(self, facts: TrainingFacts, arguments: Hyperparameters) -> TrainingFacts:
        """With the collapses and the rate after them; the same where there were none."""
        if not self.collapses:
            return facts
        return replace(
            facts, learning_rate=arguments.learning_rate, collapses=self.collapses
        )

    def add(self, collapse: Collapse) -> None:
        self.collapses = (*self.collapses, collapse)
        if is_main_process():
            content = {
                "fingerprint": self._fingerprint,
                "collapses": [collapse.write() for collapse in self.collapses],
            }
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_name(f".{FILE_NAME}")
            draft.write_text(json.dumps(content), "utf-8")
            draft.replace(self._path)

    def _read(self) -> tuple[Collapse, ...]:
        try:
            content = json.loads(self._path.read_text("utf-8"))
            if content["fingerprint"] != self._fingerprint:
                return ()
            return tuple(Collapse.read(collapse) for collapse in content["collapses"])
        except (OSError, ValueError, LookupError, TypeError, ContractError):
            return ()


def train_with_restarts(
    train: Callable[[Hyperparameters, bool], T],
    arguments: Hyperparameters,
    restarts: Restarts,
) -> T:
    """`train` gets the arguments, and whether it may raise `CollapsedError`: then it is started again."""
    while True:
        lowered = restarts.lowered(arguments)
        if restarts.collapses:
            say(
                f"Training at learning_rate {lowered.learning_rate:.2g}, a third of the rate before"
            )
        try:
            return train(lowered, restarts.is_left)
        except CollapsedError as error:
            restarts.add(
                Collapse(
                    learning_rate=lowered.learning_rate,
                    step=error.step,
                    reason=error.reason,
                )
            )
            say(
                f"The training collapsed: at step {error.step:,}, at learning_rate {lowered.learning_rate:.2g}, "
                f"it {error.reason}. It starts again"
            )
        free_memory()
