"""Metrics as formulas over sums of what each row adds, so that they can be computed for any resample of the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from training.common.types import FloatArray, IntArray, Metrics

if TYPE_CHECKING:
    from training.common.types import SparseArray

Formula: TypeAlias = Callable[[FloatArray], Mapping[str, FloatArray]]
"""From sums of shape (resamples, columns) to each metric's values, of shape (resamples,)."""

ROUNDING = 1e-12
"""Below this share of the mean square, a variance is nothing but rounding."""
MAX_EXPONENT = 700.0
"""The exponential of more is beyond what a float holds."""


@dataclass(frozen=True)
class MetricSums:
    """What each row adds to the sums that the metrics are made of."""

    columns: FloatArray | SparseArray
    """Of shape (rows, columns)."""
    formula: Formula

    def metrics(self) -> Metrics:
        """Each metric over all rows."""
        sums = np.asarray(self.columns.sum(axis=0), dtype=np.float64)
        metrics = self.formula(sums.reshape(1, -1))
        return {name: float(values[0]) for name, values in metrics.items()}

    def grouped(self, groups: IntArray, count: int) -> MetricSums:
        """With the rows of each group added up; `groups`, of shape (rows,), numbers them from 0 to `count` - 1."""
        from scipy.sparse import csr_array  # noqa: PLC0415

        rows = np.arange(len(groups))
        ones = np.ones(len(groups))
        members = csr_array((ones, (groups, rows)), shape=(count, len(groups)))
        return MetricSums(members @ self.columns, self.formula)

    def resampled(self, counts: FloatArray) -> Mapping[str, FloatArray]:
        """Each metric's value in each resample; `counts`, of shape (resamples, rows), say how often it has each row."""
        return self.formula(np.asarray(counts @ self.columns))


def ratio(numerator: ArrayLike, denominator: ArrayLike) -> FloatArray:
    """`part / whole`, element by element; 0 where the whole is 0."""
    quotient: FloatArray = np.zeros(np.shape(numerator), dtype=np.float64)
    np.divide(numerator, denominator, out=quotient, where=np.asarray(denominator) != 0)
    return quotient


def mean_sums(values: Mapping[str, Sequence[float] | FloatArray]) -> MetricSums:
    """The mean of each metric's values, of shape (rows,)."""
    columns = [np.asarray(column, dtype=np.float64) for column in values.values()]
    ones = np.ones(len(columns[0]))
    stacked = np.stack([*columns, ones], axis=1)
    formula = partial(_means, names=tuple(values))
    return MetricSums(stacked, formula)


def _means(sums: FloatArray, names: Sequence[str]) -> dict[str, FloatArray]:
    count = sums[:, -1]
    means = {}
    for index, name in enumerate(names):
        means[name] = ratio(sums[:, index], count)
    return means


def classification_sums(references: IntArray, answers: IntArray) -> MetricSums:
    """Accuracy, and macro F1 over the classes that occur among references or answers, both of shape (rows,).

    The columns, sparse: for each class whether the row is a correct one, then how often the row names the class.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415

    count = int(max(references.max(), answers.max())) + 1
    rows = np.arange(len(references))
    correct = np.flatnonzero(references == answers)
    row_numbers = np.concatenate([correct, rows, rows])
    columns = np.concatenate([references[correct], count + references, count + answers])
    ones = np.ones(len(row_numbers))
    shape = (len(rows), 2 * count)
    sparse = csr_array((ones, (row_numbers, columns)), shape=shape)
    return MetricSums(sparse, _classification_metrics)


def _classification_metrics(sums: FloatArray) -> dict[str, FloatArray]:
    """F1 = 2 TP / (2 TP + FP + FN): a class's occurrences among references and answers are 2 TP + FP + FN."""
    correct, occurrences = np.split(sums, 2, axis=1)
    rows = occurrences.sum(axis=1) / 2
    occurring = (occurrences > 0).sum(axis=1)
    f1 = ratio(2 * correct, occurrences)
    return {
        "accuracy": correct.sum(axis=1) / rows,
        "macro_f1": f1.sum(axis=1) / np.maximum(1, occurring),
    }


def moments(
    first: FloatArray | Sequence[float], second: FloatArray | Sequence[float]
) -> FloatArray:
    """For `correlation`: 1, a, b, a², b² and ab of each pair, of shape (rows, 6); a and b are moved to around 0."""
    # Of equal numbers the median, unlike the mean, is exactly theirs.
    a = np.asarray(first, dtype=np.float64) - np.median(first)
    b = np.asarray(second, dtype=np.float64) - np.median(second)
    ones = np.ones(len(a))
    columns = [ones, a, b, a * a, b * b, a * b]
    return np.stack(columns, axis=1)


def correlation(sums: FloatArray) -> FloatArray:
    """Pearson's r from summed `moments`, of shape (resamples,); 0 where one of the two does not vary.

    r = (E[ab] - E[a] E[b]) / sqrt((E[a²] - E[a]²) (E[b²] - E[b]²)).
    """
    means = sums / sums[:, :1]
    count, a, b, aa, bb, ab = means.T
    variance_a = aa - a * a
    variance_b = bb - b * b
    a_varies = variance_a > ROUNDING * aa
    b_varies = variance_b > ROUNDING * bb
    varies = a_varies & b_varies & (count > 0)
    covariance = np.where(varies, ab - a * b, 0.0)
    variances = np.where(varies, variance_a * variance_b, 1.0)
    return ratio(covariance, np.sqrt(variances))


@dataclass(frozen=True)
class TokenCounts:
    """How well a language model predicts one row."""

    loss: float
    """The cross-entropy, in nats, summed over the tokens."""
    tokens: int
    correct: int
    """How many of the tokens were the most likely ones."""


def language_model_sums(
    counts: Sequence[TokenCounts], accuracy: str, perplexity: str
) -> MetricSums:
    """The share of the tokens that were most likely, and exp(mean loss), under these names; and the mean `loss`."""
    rows = [[row.loss, row.tokens, row.correct] for row in counts]
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3)
    formula = partial(_language_model_metrics, accuracy=accuracy, perplexity=perplexity)
    return MetricSums(columns, formula)


def _language_model_metrics(
    sums: FloatArray, accuracy: str, perplexity: str
) -> dict[str, FloatArray]:
    loss, tokens, correct = sums.T
    mean_loss = ratio(loss, tokens)
    return {
        accuracy: ratio(correct, tokens),
        perplexity: np.exp(np.minimum(mean_loss, MAX_EXPONENT)),
        "loss": mean_loss,
    }
