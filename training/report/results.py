"""What the sections `results`, `training` and `data` show: compared models, curves, the training data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from contracts.evaluation import Evaluation, HistoryPoint
from training.report import charts, figures
from training.report.charts import Bar, Point
from training.report.facts import Profile
from training.report.figures import Figure
from training.report.headline import ComparedModel, compared_models, evaluated_model
from training.report.text import metric_name, sentence_case, shorten

MAX_CLASSES = 20


def scored_models(evaluation: Evaluation) -> list[ComparedModel]:
    """The evaluated model, then what it is compared with."""
    return [evaluated_model(evaluation), *compared_models(evaluation)]


def best_compared(evaluation: Evaluation) -> ComparedModel | None:
    """The compared model with the highest value of the gate's metric."""
    models = [
        model
        for model in compared_models(evaluation)
        if evaluation.metric in model.metrics
    ]
    return max(models, key=lambda model: model.metrics[evaluation.metric], default=None)


def comparison_chart(evaluation: Evaluation) -> Figure | None:
    """The gate's metric of every model; none where no value is finite."""
    metric, bars = evaluation.metric, []
    for model in scored_models(evaluation):
        value = model.metrics.get(metric, math.nan)
        interval = model.intervals.get(metric)
        if math.isfinite(value):
            bars.append(Bar(model.kind, model.title, value, interval))
    if not bars or not figures.available():
        return None
    return charts.comparison(bars, metric)


def training_charts(evaluation: Evaluation) -> list[Figure]:
    """Loss, the gate's metric and learning rate over the steps, as far as they were reported."""
    if not figures.available():
        return []
    history, metric = evaluation.history, evaluation.metric
    losses = {
        "training": _line(history, "train_loss"),
        "validation": _line(history, "eval_loss"),
    }
    values = {metric: _line(history, f"eval_{metric}")}
    rates = {"learning rate": _line(history, "learning_rate")}
    metric_caption = f"{sentence_case(metric_name(metric))} on the validation rows"
    drawn = (
        _curve("loss", "Loss by step", losses),
        _curve("metric", metric_caption, values),
        _curve("rate", "Learning rate by step", rates),
    )
    return [chart for chart in drawn if chart]


def _curve(
    name: str, caption: str, lines: Mapping[str, Sequence[Point]]
) -> Figure | None:
    """The lines that have points; none where no line has any."""
    filled = {title: points for title, points in lines.items() if points}
    return charts.curve(name, caption, filled) if filled else None


def _line(history: Sequence[HistoryPoint], name: str) -> list[Point]:
    """(step, value) wherever a finite value of the name was reported."""
    points = []
    for point in history:
        value = point.write().get(name, math.nan)
        if math.isfinite(value):
            points.append((float(point.step), value))
    return points


def data_charts(profile: Profile) -> list[Figure]:
    """The lengths of the training inputs, and the frequencies of the labels."""
    if not figures.available():
        return []
    drawn, words = [], profile.words.get("train", ())
    if words:
        drawn.append(
            charts.histogram("lengths", "Words of a training input", words, "words")
        )
    if profile.classes:
        drawn.append(_class_chart(profile))
    return drawn


def _class_chart(profile: Profile) -> Figure:
    classes = dict(list(profile.classes.items())[:MAX_CLASSES])
    title = "Labels"
    if len(classes) < len(profile.classes):
        title = f"The {MAX_CLASSES} most frequent labels of {len(profile.classes):,}"
    rows = [f"{shorten(name, 40)} {count:,}" for name, count in classes.items()]
    description = f"{title}: {', '.join(rows)}."
    return charts.counts(
        "classes", f"{title} in the training rows", classes, description
    )
