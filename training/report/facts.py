"""What the report shows besides `evaluation.json`, computed from the rows in little time."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts.evaluation import Evaluation
from tasks import Row, Task
from training.recipes.base import AnyRecipe, Predictions

MAX_PROFILED_ROWS = 50_000
"""Rows of a split whose words are counted and whose repetitions are found: the first ones."""
MAX_SCORED_ROWS = 300
MAX_POINTS = 400


@dataclass(frozen=True)
class Profile:
    """The data, by split: the number of rows, and the words of each row's input."""

    rows: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, Sequence[int]] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)
    """Label -> training rows with it, the most frequent first."""
    repeated: int = 0
    """Training rows whose input an earlier one has."""
    cut: float | None = None
    """The share of the training examples that reach the most tokens that an example may have."""

    @classmethod
    def of(
        cls, task: Task, splits: Mapping[str, Sequence[Row]], cut: float | None = None
    ) -> Profile:
        """The profile of the canonical rows of each split; an empty split is left out."""
        counts, words = {}, {}
        for split, rows in splits.items():
            if rows:
                counts[split] = len(rows)
                words[split] = [len(text.split()) for text in _inputs(task, rows)]
        train = splits.get("train", [])
        inputs = list(_inputs(task, train))
        classes: Counter[str] = Counter()
        for row in train:
            classes.update(task.labels_of(row))
        return cls(
            rows=counts,
            words=words,
            classes=dict(classes.most_common()),
            repeated=len(inputs) - len(set(inputs)),
            cut=cut,
        )

    def word_quantiles(self, split: str, shares: Iterable[float]) -> list[int | None]:
        """For each share, the number of words that so many inputs of the split do not exceed; `None` without inputs."""
        words = sorted(self.words.get(split, ()))
        if not words:
            return [None for _ in shares]
        return [words[int(share * (len(words) - 1))] for share in shares]


@dataclass(frozen=True)
class Points:
    """Held-out rows one by one: pairs (true, predicted) where answers are numbers, else scores of the answers."""

    scatter: Sequence[tuple[float, float]] = ()
    scores: Sequence[float] = ()
    score_name: str = ""

    @classmethod
    def of(
        cls, recipe: AnyRecipe, predictions: Predictions, rows: Sequence[Row]
    ) -> Points:
        """The points of the held-out rows; none for a classifier, whose confusions say more."""
        if recipe.task.number_axes:
            return cls(
                scatter=_spread_evenly(recipe.scorer.number_pairs(predictions, rows))
            )
        if recipe.labels:
            return cls()
        name = recipe.task.row_metric or recipe.task.metric
        scored = zip(predictions[:MAX_SCORED_ROWS], rows[:MAX_SCORED_ROWS], strict=True)
        scores = []
        for prediction, row in scored:
            score = recipe.scorer.metrics([prediction], [row])[name]
            if math.isfinite(score):
                scores.append(score)
        return cls(scores=scores, score_name=name)


@dataclass(frozen=True)
class Facts:
    """Everything that the page is made of."""

    title: str
    task_title: str
    evaluation: Evaluation
    run: str = ""
    base_model: str = ""
    hyperparameters: Mapping[str, object] = field(default_factory=dict)
    profile: Profile = field(default_factory=Profile)
    points: Points = field(default_factory=Points)
    request: object = None
    """A request that the model answers, as JSON has it; `None` where none is known."""
    machine: str = ""
    """The instances' type and number, as the platform calls them."""
    files: Sequence[str] = ()
    """The files of the drop."""
    inspection_warnings: Sequence[str] = ()
    made_at: datetime | None = None

    @property
    def request_body(self) -> str | None:
        """The request as JSON."""
        return (
            None
            if self.request is None
            else json.dumps(self.request, ensure_ascii=False)
        )


def _spread_evenly(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `MAX_POINTS` of the finite points."""
    finite = [point for point in points if all(map(math.isfinite, point))]
    step = max(1, math.ceil(len(finite) / MAX_POINTS))
    return finite[::step]


def machine(environment: Mapping[str, str]) -> str:
    """`2 × ml.g5.xlarge`, from the variables that SageMaker sets; empty without them."""
    instance_type = environment.get("SM_CURRENT_INSTANCE_TYPE", "")
    hosts = environment.get("SM_HOSTS", "")
    count = len(json.loads(hosts)) if hosts else 1
    return (
        f"{count} × {instance_type}" if instance_type and count > 1 else instance_type
    )


def _inputs(task: Task, rows: Sequence[Row]) -> Iterator[str]:
    for row in rows[:MAX_PROFILED_ROWS]:
        yield input_of(task, row)


def input_of(task: Task, row: Row) -> str:
    """A canonical row without its answer, as one text."""
    texts = [_as_text(value) for name, value in row.items() if name not in task.targets]
    return "\n".join(texts)


def _as_text(value: object) -> str:
    """A text as it is, a chat message's content, the texts of a list with spaces between."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return _as_text(value.get("content", ""))
    if isinstance(value, Sequence):
        return " ".join(map(_as_text, value))
    return str(value)
