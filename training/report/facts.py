"""What the report shows besides `evaluation.json`, computed from the rows in little time."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks import Row, Task
from training.recipes.base import AnyRecipe, Predictions

ROWS_READ = 50_000
"""Of a split: lengths and repetitions are of the first so many."""
ROWS_SCORED = 300
POINTS = 400
ROW_METRICS = {"translation": "chrf"}
"""Where the task's own says little of one row: BLEU counts groups of four words."""


@dataclass(frozen=True)
class Profile:
    """The data; `words` are the input's words a row, `repeated` training rows whose input an earlier one has."""

    rows: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, Sequence[int]] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    repeated: int = 0
    cut: float | None = None
    """Share of the training examples that reach the most tokens a text may have."""

    @classmethod
    def of(cls, task: Task, splits: Mapping[str, Sequence[Row]], cut: float | None = None) -> Profile:
        texts = {name: [input_of(task, row) for row in rows[:ROWS_READ]] for name, rows in splits.items() if rows}
        train = texts.get("train", [])
        classes = Counter(label for row in splits.get("train", []) for label in task.labels_of(row))
        return cls(
            {name: len(rows) for name, rows in splits.items() if rows},
            {name: [len(text.split()) for text in found] for name, found in texts.items()},
            dict(classes.most_common()),
            len(train) - len(set(train)),
            cut,
        )


@dataclass(frozen=True)
class Points:
    """Held-out rows one by one, for the tasks that are judged so: `scatter` holds pairs (true, predicted)."""

    scatter: Sequence[tuple[float, float]] = ()
    scores: Sequence[float] = ()
    score_name: str = ""

    @classmethod
    def of(cls, recipe: AnyRecipe, predictions: Predictions, rows: Sequence[Row]) -> Points:
        if recipe.task.variant == "regression":
            true = [float(row["score"]) for row in rows]
            return cls(scatter=_some(list(zip(true, map(_number, predictions), strict=True))))
        if recipe.task.family == "embedding":
            return cls(scatter=_some(_cosines(predictions, rows)))
        if recipe.labels:
            return cls()
        name = ROW_METRICS.get(recipe.task.name, recipe.task.metric)
        pairs = list(zip(predictions, rows, strict=True))[:ROWS_SCORED]
        scores = [recipe.scorer.metrics([said], [row])[name] for said, row in pairs]
        return cls(scores=[score for score in scores if math.isfinite(score)], score_name=name)


@dataclass(frozen=True)
class Facts:
    """Everything that the page is made of."""

    title: str
    task_title: str
    evaluation: Mapping[str, Any]
    run: str = ""
    base_model: str = ""
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    points: Points = field(default_factory=Points)
    request: Any = None
    """A body that the model answers; None where nobody knows one."""
    machine: str = ""
    """The instances' type and number, as the platform calls them."""


def machine(environment: Mapping[str, str]) -> str:
    """`2 × ml.g5.xlarge`, as the platform's variables say; empty where they say nothing."""
    kind, hosts = environment.get("SM_CURRENT_INSTANCE_TYPE", ""), environment.get("SM_HOSTS", "")
    count = len(json.loads(hosts)) if hosts else 1
    return f"{count} × {kind}" if kind and count > 1 else kind


def input_of(task: Task, row: Row) -> str:
    """A row without its answer, as one text."""
    return "\n".join(map(_text, (value for name, value in row.items() if name not in task.targets)))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return _text(value.get("content", ""))
    if isinstance(value, Sequence):
        return " ".join(map(_text, value))
    return str(value)


def _number(prediction: Any) -> float:
    import numpy as np  # noqa: PLC0415

    return float(np.asarray(prediction).reshape(()))


def _cosines(predictions: Predictions, rows: Sequence[Row]) -> list[tuple[float, float]]:
    from training.recipes.embedding import judged_pairs  # noqa: PLC0415

    cosines = [float(cosine) for each in predictions for cosine in each]
    return [(float(score), cosine) for (_, _, score), cosine in zip(judged_pairs(rows), cosines, strict=True)]


def _some(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `POINTS` of them, evenly spread."""
    finite = [point for point in points if all(map(math.isfinite, point))]
    step = max(1, math.ceil(len(finite) / POINTS))
    return finite[::step]
