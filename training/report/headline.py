"""The evaluation in one sentence, the models it is compared with, and reasons to trust the numbers less."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.evaluation import Baseline, Champion, Evaluation
from contracts.standing import standing
from training.report.charts import Kind
from training.report.facts import Facts
from training.report.text import metric_name, number, sentence_case, shorten

Tone = Literal["good", "unsure", "bad"]
Interval = Sequence[float]
"""(lower, upper)"""

FEW_ROWS = 100
"""Held-out rows below which the result depends much on their choice."""
HIGH_CUT_SHARE = 0.05
"""Share of the training examples that reach the longest length, above which the reader is warned."""
HIGH_CALIBRATION_ERROR = 0.1

_MARKS: Mapping[Tone, str] = {
    "good": "Better than all it was compared with",
    "unsure": "Not clearly better than all it was compared with",
    "bad": "Worse than no learning at all",
}
_RELATION_RANK = {
    "better than": 0,
    "not clearly better than": 1,
    "as good as": 1,
    "worse than": 2,
}


@dataclass(frozen=True)
class ComparedModel:
    """A model on the same held-out rows; `gain` is the interval of how much better the evaluated model is."""

    kind: Kind
    name: str
    metrics: Mapping[str, float]
    intervals: Mapping[str, Interval]
    gain: Interval | None = None

    @property
    def title(self) -> str:
        """The name as a sentence can use it."""
        name = shorten(self.name, 60)
        if self.kind == "champion" and not name.startswith("the champion"):
            return f"the champion {name}"
        return name


@dataclass(frozen=True)
class Headline:
    """`sentence` compares the gate's metric; the evaluation has one for people besides."""

    tone: Tone
    sentence: str

    @property
    def mark(self) -> str:
        """The tone in words: a colour alone is not seen by everyone."""
        return _MARKS[self.tone]


def evaluated_model(evaluation: Evaluation) -> ComparedModel:
    """The model itself, as one to compare."""
    intervals = evaluation.intervals.model if evaluation.intervals else {}
    return ComparedModel("model", "this model", evaluation.model, intervals)


def compared_models(evaluation: Evaluation) -> list[ComparedModel]:
    """The champion, the reference and the trivial baseline, as far as the evaluation has them."""
    candidates: dict[Kind, Champion | Baseline | None] = {
        "champion": evaluation.champion,
        "reference": evaluation.baselines.reference,
        "trivial": evaluation.baselines.trivial,
    }
    models = []
    for kind, candidate in candidates.items():
        if candidate:
            intervals, gain = _intervals_of(evaluation, kind)
            models.append(
                ComparedModel(kind, candidate.name, candidate.metrics, intervals, gain)
            )
    return models


def _intervals_of(
    evaluation: Evaluation, kind: Kind
) -> tuple[Mapping[str, Interval], Interval | None]:
    """The intervals of a compared model's metrics, and that of the gain over it."""
    if not evaluation.intervals:
        return {}, None
    intervals: Mapping[str, Interval] | None = getattr(evaluation.intervals, kind)
    gain: Interval | None = getattr(evaluation.intervals.difference, kind)
    return intervals or {}, gain


def relation(value: float, other: ComparedModel, metric: str) -> str:
    """`better than` if the interval of the gain lies above zero; without an interval the values decide."""
    if other.gain:
        return standing(other.gain[0], other.gain[1])
    other_value = other.metrics[metric]
    if value == other_value:
        return "as good as"
    return "better than" if value > other_value else "worse than"


def headline(evaluation: Evaluation) -> Headline:
    """The gate's metric with its interval, beside every compared model."""
    metric = evaluation.metric
    value = evaluation.model.get(metric)
    if value is None:
        return Headline("unsure", "Its quality was not measured.")
    name = sentence_case(metric_name(metric))
    result = f"{name} {number(value)}{_interval_of(evaluation)} on {evaluation.rows:,} held-out rows"
    others = [model for model in compared_models(evaluation) if metric in model.metrics]
    if not math.isfinite(value) or not others:
        return Headline("unsure", f"{result}.")
    relations = {other.kind: relation(value, other, metric) for other in others}
    groups: dict[str, list[str]] = {}
    for other in others:
        title = f"{other.title} ({number(other.metrics[metric])})"
        groups.setdefault(relations[other.kind], []).append(title)
    clauses = []
    for words in sorted(groups, key=_RELATION_RANK.__getitem__):
        clauses.append(f"{words} {' and '.join(groups[words])}")
    return Headline(_tone(relations), f"{result}: {', '.join(clauses)}.")


def _tone(relations: Mapping[Kind, str]) -> Tone:
    """Good if the model is better than every other, bad if it is worse than the trivial baseline."""
    if set(relations.values()) == {"better than"}:
        return "good"
    return "bad" if relations.get("trivial") == "worse than" else "unsure"


def _interval_of(evaluation: Evaluation) -> str:
    if not evaluation.intervals or not evaluation.intervals.model.get(
        evaluation.metric
    ):
        return ""
    lower, upper = evaluation.intervals.model[evaluation.metric]
    return f" (95 % interval {number(lower)} to {number(upper)})"


def warnings(facts: Facts) -> Iterator[str]:
    """Sentences, each a reason to trust the numbers less."""
    evaluation, cut = facts.evaluation, facts.profile.cut
    yield from facts.inspection_warnings
    if evaluation.rows < FEW_ROWS:
        rows = f"{evaluation.rows:,}"
        yield f"Only {rows} held-out rows: another {rows} could give quite another result."
    if cut and cut > HIGH_CUT_SHARE:
        length = facts.hyperparameters.get("max_length")
        yield f"{cut:.0%} of the training examples reach the limit of {length} tokens: what is beyond is not read."
    if evaluation.calibration and evaluation.calibration.ece > HIGH_CALIBRATION_ERROR:
        yield "Its scores are no shares of right answers: do not read 0.9 as nine of ten (see reliability)."
    if evaluation.champion_reason:
        yield evaluation.champion_reason
