"""The hyperparameters of a training that nobody set: by task, amount of data, number of labels and base model.

They are those of the task (`Task.defaults`), changed by each of `RULES` that fits, in order. What the rules rest on was
measured: docs/quality.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.base import Task

SMALL_BASE = re.compile("minilm|tiny|small", re.IGNORECASE)
"""In the Hub ids of encoders of at most 384 units a layer, which bear higher rates than others."""


@dataclass(frozen=True)
class Rule:
    """Hyperparameters of a task, for the drops that all conditions hold of."""

    task: str
    values: Mapping[str, Any]
    reason: str
    variant: str = ""
    min_labels: int = 0
    max_rows: int | None = None
    """Of the training split."""
    small_base: bool = False
    """Whether only a small base model bears it."""

    def fits(self, task: Task, rows: int, labels: int, base_model: str) -> bool:
        is_of_task = (task.name, task.variant) == (self.task, self.variant)
        is_of_size = labels >= self.min_labels and (
            self.max_rows is None or rows <= self.max_rows
        )
        return (
            is_of_task
            and is_of_size
            and not (self.small_base and not _is_small(base_model))
        )

    @property
    def conditions(self) -> str:
        """When it applies, as a phrase."""
        parts = [
            f"{self.min_labels} labels or more" if self.min_labels else "",
            f"at most {self.max_rows:,} rows" if self.max_rows else "",
            "a small base model" if self.small_base else "",
        ]
        return ", ".join(filter(None, parts)) or "always"


RULES = (
    Rule(
        "text-classification",
        {"epochs": 2},
        "a second pass gains one to two points; later ones gain less than they cost",
        max_rows=20_000,
    ),
    Rule(
        "text-classification",
        {"learning_rate": 3e-4},
        "each label has few steps to be learnt in",
        min_labels=4,
        small_base=True,
    ),
    Rule(
        "text-classification",
        {"min_steps": 250, "class_weights": "root"},
        "rare labels are not answered otherwise",
        min_labels=10,
    ),
)


def defaults_for(task: Task, rows: int, labels: int, base_model: str) -> dict[str, Any]:
    """`rows` are those to train on; `base_model` is a Hub id, empty where none is known."""
    values = dict(task.defaults)
    for rule in RULES:
        if rule.fits(task, rows, labels, base_model):
            values |= rule.values
    return values


def _is_small(base_model: str) -> bool:
    return SMALL_BASE.search(base_model) is not None
