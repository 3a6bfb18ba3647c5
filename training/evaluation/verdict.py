"""How good a model is, and what would make it better, in sentences for people.

They are made here once: Judge, the API, the mail, the terminal and the report read them from `evaluation.json`.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from contracts.evaluation import Evaluation, LabelMetric
from contracts.measures import Interval
from contracts.standing import Standing, standing

MAX_WEAK_LABELS = 2
MAX_NAMED_LABELS = 5
GOOD_RECALL = 0.9
"""A label with this share of its rows answered right needs no more rows."""
ENOUGH_ROWS = 100
"""Training rows of a label below which more of them help most, whatever the other labels have."""
FEW_ROWS = 100
"""Held-out rows below which a difference can seldom be shown."""
MIN_CONFUSED_SHARE = 0.2


@dataclass(frozen=True)
class _Sentence:
    """The metric that people understand best of a task, and a sentence around it; `{bounds}` is its interval."""

    metric: str
    text: str
    of_hundred: bool = True


_SENTENCES: Mapping[tuple[str, str], _Sentence] = {
    ("text-classification", ""): _Sentence(
        "accuracy", "About {value} of 100 new texts get the right label{bounds}."
    ),
    ("text-classification", "multi-label"): _Sentence(
        "subset_accuracy",
        "About {value} of 100 new texts get exactly the right labels{bounds}.",
    ),
    ("text-classification", "regression"): _Sentence(
        "mae",
        "The numbers of new texts are off by about {value} on average{bounds}.",
        False,
    ),
    ("token-classification", ""): _Sentence(
        "recall", "About {value} of 100 entities in new texts are found{bounds}."
    ),
    ("question-answering", ""): _Sentence(
        "exact_match",
        "About {value} of 100 new questions get exactly the right answer{bounds}.",
    ),
    ("text-generation", ""): _Sentence(
        "token_accuracy",
        "About {value} of 100 tokens of new texts are predicted{bounds}.",
    ),
    ("fill-mask", ""): _Sentence(
        "top_1", "About {value} of 100 masked tokens are found{bounds}."
    ),
}


def with_verdict(evaluation: Evaluation, train_rows: Mapping[str, int]) -> Evaluation:
    """The evaluation with its sentences; `train_rows` counts the training rows of each label."""
    metrics = evaluation.label_metrics
    if metrics:
        metrics = {
            name: replace(metric, train_rows=train_rows.get(name))
            for name, metric in metrics.items()
        }
    counted = replace(evaluation, label_metrics=metrics)
    return replace(
        counted, sentence=sentence(counted), next_steps=tuple(next_steps(counted))
    )


def sentence(evaluation: Evaluation) -> str:
    """`About 87 of 100 new texts get the right label (77 to 94).`; empty for a task without such a sentence."""
    return " ".join(filter(None, [_quality(evaluation), _beside_reference(evaluation)]))


def _quality(evaluation: Evaluation) -> str:
    names = ((evaluation.task, evaluation.variant), (evaluation.task, ""))
    forms = [_SENTENCES[name] for name in names if name in _SENTENCES]
    value = evaluation.model.get(forms[0].metric) if forms else None
    if value is None:
        return ""
    form = forms[0]
    interval = (
        evaluation.intervals.model.get(form.metric) if evaluation.intervals else None
    )
    bounds = ""
    if interval:
        low, high = _widened(interval, evaluation.rows) if form.of_hundred else interval
        bounds = f" ({_shown(low, form)} to {_shown(high, form)})"
    return form.text.format(value=_shown(value, form), bounds=bounds)


def _widened(interval: Interval, rows: int) -> Interval:
    """Where all rows are right, or none is, drawing them anew shows no spread: then the rule of three says what so many
    rows leave open (Hanley and Lippman-Hand, 1983)."""
    if interval[0] == interval[1] == 1:
        return max(0.0, 1 - 3 / rows), 1.0
    if interval[0] == interval[1] == 0:
        return 0.0, min(1.0, 3 / rows)
    return interval


def _beside_reference(evaluation: Evaluation) -> str:
    """`It is not clearly better than TF-IDF … (accuracy 0.84).`; empty where the two were not compared."""
    reference = evaluation.baselines.reference
    interval = (
        evaluation.intervals.difference.reference if evaluation.intervals else None
    )
    value = reference.metrics.get(evaluation.metric) if reference else None
    if reference is None or interval is None or value is None:
        return ""
    stands = standing(*interval)
    metric = evaluation.metric.replace("_", " ")
    own = evaluation.model[evaluation.metric]
    return f"It is {stands} {reference.name} ({metric} {own:.2f} against {value:.2f})."


def _shown(value: float, form: _Sentence) -> str:
    return f"{value * 100:.0f}" if form.of_hundred else f"{value:.2g}"


def next_steps(evaluation: Evaluation) -> Iterator[str]:
    """The most useful first."""
    metrics = evaluation.label_metrics or {}
    never = [
        name for name, metric in metrics.items() if metric.rows and not metric.recall
    ]
    if len(never) > 1:
        names = ", ".join(map(repr, never[:MAX_NAMED_LABELS]))
        more = ", …" if len(never) > MAX_NAMED_LABELS else ""
        yield (
            f"{len(never)} labels are never answered right: {names}{more}. "
            "Add rows of them, or merge them with others."
        )
    weak = {name: metric for name, metric in metrics.items() if _is_weak(metric)}
    usual = _usual_rows(metrics)
    for name in sorted(weak, key=lambda name: weak[name].recall or 0.0)[
        :MAX_WEAK_LABELS
    ]:
        if len(never) < 2 or name not in never:
            yield _step_for_label(evaluation, name, weak[name], usual)
    if evaluation.label_errors:
        yield (
            f"Of {evaluation.rows:,} held-out rows the model is sure of other labels for {evaluation.label_errors:,}: "
            "see in label_errors.csv which are mislabelled."
        )
    if evaluation.rows < FEW_ROWS and _is_unclear(evaluation):
        yield (
            f"Add rows: on {evaluation.rows} held-out rows no difference from the simple methods can be shown."
        )


def _is_weak(metric: LabelMetric) -> bool:
    return (
        bool(metric.rows) and metric.recall is not None and metric.recall < GOOD_RECALL
    )


def _usual_rows(metrics: Mapping[str, LabelMetric]) -> int:
    """The median of the labels' training rows; 0 where they are not counted."""
    counts = [metric.train_rows for metric in metrics.values() if metric.train_rows]
    return round(statistics.median(counts)) if counts else 0


def _step_for_label(
    evaluation: Evaluation, name: str, metric: LabelMetric, usual: int
) -> str:
    """`Shipping: 4 of 7 right, only 33 rows: add about 70.`"""
    rows = metric.rows or 0
    result = f"{name}: {round((metric.recall or 0.0) * rows)} of {rows} right"
    missing = max(usual, ENOUGH_ROWS) - (metric.train_rows or 0)
    if metric.train_rows and missing > 0:
        return f"{result}, only {metric.train_rows:,} training rows: add about {_rounded(missing):,}."
    other = _most_confused(evaluation, name)
    if other:
        return f"{result}, most often taken for {other}: see whether the two labels overlap."
    return f"{result}: add texts like those that it misses."


def _rounded(rows: int) -> int:
    """To one digit, or two from 100 on: nobody can say it more exactly."""
    step = 10 ** max(0, len(str(rows)) - 2) if rows >= 100 else 10
    return max(step, round(rows / step) * step)


def _most_confused(evaluation: Evaluation, name: str) -> str:
    """The label that a good share of this one's rows are answered with; empty without one."""
    labels, matrix = evaluation.labels or (), evaluation.confusion
    if matrix is None or name not in labels:
        return ""
    true = labels.index(name)
    wrong = [0 if index == true else count for index, count in enumerate(matrix[true])]
    most = max(wrong)
    return (
        labels[wrong.index(most)]
        if most >= MIN_CONFUSED_SHARE * sum(matrix[true])
        else ""
    )


def _is_unclear(evaluation: Evaluation) -> bool:
    """Whether the gain over a simple method may be chance."""
    difference = evaluation.intervals.difference if evaluation.intervals else None
    if difference is None:
        return False
    return any(
        _is_chance(interval) for interval in (difference.trivial, difference.reference)
    )


def _is_chance(interval: Interval | None) -> bool:
    return interval is not None and standing(*interval) is Standing.UNCLEAR
