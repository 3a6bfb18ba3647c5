"""Where the model is wrong: what the sections `errors`, `mistakes` and `samples` show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.changes import ChangedAnswer
from contracts.evaluation import Evaluation, LabelMetric, Mistake
from tasks import get_task
from training.report import charts, figures
from training.report.facts import Facts
from training.report.figures import Figure
from training.report.text import metric_name, number, sentence_case, shorten

MAX_MATRIX_LABELS = 20
MAX_CONFUSED_PAIRS = 15
MAX_LABELS = 20
MAX_MISTAKES = 10
MAX_SAMPLES = 5
MAX_CHANGED = 5
GOOD_SHARE = 0.95
"""Right answers that a threshold is recommended for, or half way to all of them."""
MIN_ANSWERED = 0.2
"""Fewer answers than this share are of no use."""

Matrix = Sequence[Sequence[int]]
"""Rows are true labels, columns predicted ones."""


@dataclass(frozen=True)
class ConfusedPair:
    """Held-out rows of one true label that were answered with another; `share` is of that label's rows."""

    true: str
    predicted: str
    rows: int
    share: float


@dataclass(frozen=True)
class Card:
    """One row as named texts."""

    title: str
    fields: Sequence[tuple[str, str]]


def error_charts(facts: Facts) -> list[Figure]:
    """The charts that the task has data for."""
    if not figures.available():
        return []
    evaluation = facts.evaluation
    drawn = (
        _confusion_chart(evaluation),
        _row_chart(facts),
        _reliability_chart(evaluation),
    )
    return [chart for chart in drawn if chart]


def _confusion_chart(evaluation: Evaluation) -> Figure | None:
    matrix, labels = evaluation.confusion, evaluation.labels or ()
    if not matrix or not sum(map(sum, matrix)):
        return None
    chosen = _most_confused(matrix)
    caption = "True and predicted labels, shaded by share of the true label's rows"
    if len(chosen) < len(labels):
        caption += f": the {len(chosen)} of {len(labels):,} labels with most errors"
    rows = []
    for true in chosen:
        rows.append([matrix[true][predicted] for predicted in chosen])
    names = [labels[index] for index in chosen]
    return charts.confusion(rows, names, caption)


def _most_confused(matrix: Matrix) -> list[int]:
    """The labels with the most errors, in their own order; an error counts for both of its labels."""
    errors = [0] * len(matrix)
    for true, predicted, count in _confusions(matrix):
        errors[true] += count
        errors[predicted] += count
    worst = sorted(range(len(matrix)), key=errors.__getitem__, reverse=True)
    return sorted(worst[:MAX_MATRIX_LABELS])


def _confusions(matrix: Matrix) -> Iterator[tuple[int, int, int]]:
    """(true label, predicted label, rows) of every pair of different labels that was confused."""
    for true, row in enumerate(matrix):
        for predicted, count in enumerate(row):
            if count and predicted != true:
                yield true, predicted, count


def confused_pairs(evaluation: Evaluation) -> list[ConfusedPair]:
    """The pairs of labels that are most often mistaken for each other, the most frequent first."""
    matrix, labels = evaluation.confusion or (), evaluation.labels or ()
    confusions = sorted(_confusions(matrix), key=lambda confusion: -confusion[2])
    pairs = []
    for true, predicted, count in confusions[:MAX_CONFUSED_PAIRS]:
        share = count / sum(matrix[true])
        pairs.append(ConfusedPair(labels[true], labels[predicted], count, share))
    return pairs


def _reliability_chart(evaluation: Evaluation) -> Figure | None:
    calibration = evaluation.calibration
    if not calibration or not any(interval.rows for interval in calibration.bins):
        return None
    return charts.reliability(calibration.ece, calibration.bins)


def worst_labels(evaluation: Evaluation) -> list[tuple[str, LabelMetric]]:
    """The labels with the lowest F1, the lowest first."""
    labels = evaluation.label_metrics or {}
    names = sorted(labels, key=lambda name: labels[name].f1)
    return [(name, labels[name]) for name in names[:MAX_LABELS]]


def threshold_advice(evaluation: Evaluation) -> str:
    """`Answer only from a score of 0.80 on: 61 % are answered, 96 % of these right.`; empty where none is better."""
    everything, *others = evaluation.thresholds
    for threshold in others:
        if threshold.right is None or threshold.answered < MIN_ANSWERED:
            return ""
        if threshold.right >= min(GOOD_SHARE, (1 + (everything.right or 0.0)) / 2):
            return (
                f"Answer only from a score of {threshold.score:.2f} on: {threshold.answered:.0%} are answered, "
                f"{threshold.right:.0%} of these right, instead of {everything.right or 0.0:.0%} of all."
            )
    return ""


def _row_chart(facts: Facts) -> Figure | None:
    """The held-out rows one by one: true and predicted numbers, or the spread of their scores."""
    points = facts.points
    if points.scatter:
        return _number_chart(facts)
    if not points.scores:
        return None
    name = metric_name(points.score_name)
    caption = f"{sentence_case(name)} of single held-out rows"
    return charts.histogram(
        "scores", caption, points.scores, name, shares=max(points.scores) <= 1
    )


def _number_chart(facts: Facts) -> Figure | None:
    points = facts.points.scatter
    axes = get_task(facts.evaluation.task, facts.evaluation.variant).number_axes
    if axes is None:
        return None
    if axes.same_unit or not {true for true, _ in points} <= {0.0, 1.0}:
        return charts.scatter(
            points, (axes.true, axes.predicted), diagonal=axes.same_unit
        )
    groups: dict[str, list[float]] = {"true pairs": [], "shuffled pairs": []}
    for true, predicted in points:
        name = "true pairs" if true else "shuffled pairs"
        groups[name].append(predicted)
    filled = {name: values for name, values in groups.items() if values}
    return charts.two_histograms(filled, axes.predicted)


def mistake_cards(evaluation: Evaluation) -> list[Card]:
    """Held-out rows with the worst answers."""
    cards = []
    for mistake in evaluation.mistakes[:MAX_MISTAKES]:
        values: dict[str, object] = {
            "input": mistake.input,
            "expected": mistake.expected,
            "found": mistake.found,
        }
        if mistake.score is not None:
            values["score"] = mistake.score
        cards.append(_card(_place(mistake), values))
    return cards


def changed_cards(rows: Sequence[ChangedAnswer]) -> list[Card]:
    """Held-out rows that only one of the two, this model and the champion, gets right."""
    cards = []
    for row in rows[:MAX_CHANGED]:
        values = {"input": row.input, "expected": row.expected}
        answers = {"champion": row.champion, "this model": row.model}
        cards.append(_card(_place(row), values | answers))
    return cards


def _place(row: Mistake | ChangedAnswer) -> str:
    if row.file and row.file_row:
        return f"{row.file}, row {row.file_row}"
    return f"Held-out row {row.row + 1:,}"


def sample_cards(evaluation: Evaluation) -> list[Card]:
    """What the model writes, beside what it was asked."""
    cards = []
    samples = (evaluation.samples or ())[:MAX_SAMPLES]
    for index, sample in enumerate(samples, 1):
        cards.append(_card(f"Sample {index}", _unpack_request(sample)))
    return cards


def _unpack_request(sample: Mapping[str, object]) -> dict[str, object]:
    """The sample with the inputs of its request, first, instead of the whole request."""
    fields = {name: value for name, value in sample.items() if name != "request"}
    request = sample.get("request")
    if not request:
        return fields
    inputs = request.get("inputs", request) if isinstance(request, Mapping) else request
    return {"input": inputs, **fields}


def _card(title: str, values: Mapping[str, object]) -> Card:
    fields = []
    for name, value in values.items():
        heading = sentence_case(metric_name(name))
        text = number(value) if isinstance(value, float) else _as_lines(value)
        fields.append((shorten(heading, 40), shorten(text)))
    return Card(title, fields)


def _as_lines(value: object) -> object:
    """The fields of a mapping, or the messages of a chat, one per line; other values as they are."""
    if isinstance(value, Mapping):
        lines = [f"{name}: {field}" for name, field in value.items()]
    elif isinstance(value, list) and value and all(map(_is_message, value)):
        lines = [
            f"{message.get('role', '')}: {message['content']}" for message in value
        ]
    else:
        return value
    return "\n".join(lines)


def _is_message(value: object) -> bool:
    return isinstance(value, Mapping) and "content" in value
