"""How long a training goes on: the job trains by it, and an estimate is made from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tasks.hyperparameters import Hyperparameters


@dataclass(frozen=True)
class Schedule:
    """How long to train: `max_steps`, else `epochs`, which is raised for a small set."""

    epochs: float
    steps: int

    @classmethod
    def of(cls, arguments: Hyperparameters, rows: int, processes: int) -> Schedule:
        """`rows` are the training examples, `processes` those of the distributed job."""
        rows_per_step = (
            arguments.train_batch_size
            * arguments.gradient_accumulation_steps
            * processes
        )
        steps_per_epoch = math.ceil(rows / rows_per_step)
        max_steps = arguments.trainer.get("max_steps", 0)
        if max_steps > 0:
            return cls(max_steps / steps_per_epoch, max_steps)
        raised = min(
            math.ceil(arguments.min_steps / steps_per_epoch),
            arguments.max_raised_epochs,
        )
        epochs = max(arguments.epochs, raised)
        return cls(epochs, math.ceil(epochs * steps_per_epoch))
