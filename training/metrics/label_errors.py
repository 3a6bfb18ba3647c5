"""Rows whose label is likely wrong, by confident learning.

Northcutt, Jiang and Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels (JAIR 70, 2021): the
threshold of a class is the mean of its probability over the rows with its label. A row whose probability of another
class reaches that class's threshold is counted with that one; the rows off the diagonal of these counts are likely
wrong. The probabilities must come from a model that was not trained on the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.common.types import FloatArray, IntArray

MAX_ROWS = 10_000


@dataclass(frozen=True)
class LabelError:
    """One row, by its place; `label` and `suggested` are the numbers of classes."""

    row: int
    label: int
    suggested: int
    score: float
    """The probability of the label less that of the suggested one: the lower, the more likely wrong."""


def likely_label_errors(
    probabilities: FloatArray, labels: IntArray
) -> list[LabelError]:
    """The likeliest first; `probabilities` are of shape (rows, classes), `labels` of shape (rows,)."""
    thresholds = _thresholds(probabilities, labels)
    confident = np.where(probabilities >= thresholds, probabilities, -1.0)
    suggested = confident.argmax(axis=1)
    rows = np.arange(len(labels))
    is_wrong = (confident[rows, suggested] >= 0) & (suggested != labels)
    margins = probabilities[rows, labels] - probabilities[rows, suggested]
    order = [
        row for row in np.argsort(margins, kind="stable").tolist() if is_wrong[row]
    ]
    errors = []
    for row in order[:MAX_ROWS]:
        numbers = int(labels[row]), int(suggested[row])
        errors.append(LabelError(row, *numbers, float(margins[row])))
    return errors


def _thresholds(probabilities: FloatArray, labels: IntArray) -> FloatArray:
    """Of shape (classes,); infinite for a class that no row is labelled with."""
    thresholds = np.full(probabilities.shape[1], np.inf)
    for label in np.unique(labels):
        thresholds[label] = probabilities[labels == label, label].mean()
    return thresholds
