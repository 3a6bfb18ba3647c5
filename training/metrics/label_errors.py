"""Rows whose label is likely wrong, by confident learning.

Northcutt, Jiang and Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels (JAIR 70, 2021): the
threshold of a class is the mean of its probability over the rows with its label. A row whose probability of another
class reaches that class's threshold is counted with that one; the rows off the diagonal of these counts are likely
wrong, where the model prefers the other class. The probabilities must come from a model that was not trained on the
rows.

Where a row has several labels, each label by itself is a choice of two classes, that it applies or not (Thyagarajan,
Snorrason, Northcutt and Mueller, Identifying Incorrect Annotations in Multi-Label Classification Data, 2022; as
`cleanlab.multilabel_classification.filter.find_multilabel_issues_per_class`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.common.types import BoolArray, FloatArray, IntArray

MAX_ROWS = 10_000


@dataclass(frozen=True)
class LabelError:
    """One row, by its place, and its labels as texts."""

    row: int
    label: str
    suggested: str
    score: float
    """The probability of the label less that of the suggested one: the lower, the more likely wrong. Below 0."""


@dataclass(frozen=True)
class ClassError:
    """One row, by its place; `label` and `suggested` are the numbers of classes. `score` as in `LabelError`."""

    row: int
    label: int
    suggested: int
    score: float


@dataclass(frozen=True)
class FlagsError:
    """One row, by its place; `suggested` are the numbers of all labels that likely apply. `score` of the likeliest."""

    row: int
    suggested: tuple[int, ...]
    score: float


def class_errors(probabilities: FloatArray, labels: IntArray) -> list[ClassError]:
    """The likeliest first; `probabilities` are of shape (rows, classes), `labels` of shape (rows,)."""
    thresholds = _thresholds(probabilities, labels)
    confident = np.where(probabilities >= thresholds, probabilities, -1.0)
    suggested = confident.argmax(axis=1)
    rows = np.arange(len(labels))
    margins = probabilities[rows, labels] - probabilities[rows, suggested]
    is_wrong = (confident[rows, suggested] >= 0) & (margins < 0)
    order = [
        row for row in np.argsort(margins, kind="stable").tolist() if is_wrong[row]
    ]
    errors = []
    for row in order[:MAX_ROWS]:
        numbers = int(labels[row]), int(suggested[row])
        errors.append(ClassError(row, *numbers, float(margins[row])))
    return errors


def flags_errors(probabilities: FloatArray, flags: BoolArray) -> list[FlagsError]:
    """The likeliest first; both are of shape (rows, labels): how likely each label applies, whether it was given."""
    corrected = flags.copy()
    scores: dict[int, float] = {}
    for label in range(flags.shape[1]):
        applies = probabilities[:, label]
        choices = np.stack([1 - applies, applies], axis=1)
        for error in class_errors(choices, flags[:, label].astype(np.int64)):
            corrected[error.row, label] = bool(error.suggested)
            scores[error.row] = min(error.score, scores.get(error.row, 0.0))
    errors = []
    for row in sorted(scores, key=lambda row: (scores[row], row))[:MAX_ROWS]:
        suggested = tuple(np.flatnonzero(corrected[row]).tolist())
        errors.append(FlagsError(row, suggested, scores[row]))
    return errors


def _thresholds(probabilities: FloatArray, labels: IntArray) -> FloatArray:
    """Of shape (classes,); infinite for a class that no row is labelled with."""
    thresholds = np.full(probabilities.shape[1], np.inf)
    for label in np.unique(labels):
        thresholds[label] = probabilities[labels == label, label].mean()
    return thresholds
