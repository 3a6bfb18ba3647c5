"""Metrics as tallies: what each row adds, so that they can be had over any draw of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from training.metrics.bootstrap import Array, Tally

Classes = np.ndarray[Any, np.dtype[np.int64]]
NOISE = 1e-12
"""Below this share of the mean square, what is left of a variance is rounding."""


def ratio(part: Array, whole: Array) -> Array:
    """0 where the whole is nothing."""
    found: Array = np.divide(part, whole, out=np.zeros(np.shape(part), dtype=np.float64), where=np.asarray(whole) != 0)
    return found


def means(values: Mapping[str, Sequence[float] | Array]) -> Tally:
    """The mean of each column over the rows."""
    columns = [np.asarray(column, dtype=np.float64) for column in values.values()]
    return Tally(np.stack([*columns, np.ones(len(columns[0]))], axis=1), partial(_means, names=tuple(values)))


def _means(sums: Array, names: Sequence[str]) -> dict[str, Array]:
    return {name: ratio(sums[:, place], sums[:, -1]) for place, name in enumerate(names)}


def confusion_matrix(references: Classes, predictions: Classes, count: int) -> Classes:
    """Rows: the true class; columns: the predicted one."""
    flat = np.bincount(references * count + predictions, minlength=count * count)
    return flat.reshape(count, count)


def class_tally(references: Classes, predictions: Classes) -> Tally:
    """Accuracy, and macro F1 over the classes that occur among references or predictions."""
    from scipy.sparse import csr_array  # noqa: PLC0415

    count, rows = int(max(references.max(), predictions.max())) + 1, len(references)
    right = np.flatnonzero(references == predictions)
    places = np.concatenate([right, np.tile(np.arange(rows), 2)])
    classes = np.concatenate([references[right], count + references, count + predictions])
    return Tally(csr_array((np.ones(len(places)), (places, classes)), shape=(rows, 2 * count)), _class_metrics)


def _class_metrics(sums: Array) -> dict[str, Array]:
    """`sums`: how often each class is right, then how often each occurs, as a reference or as a prediction."""
    right, occurrences = np.split(sums, 2, axis=1)
    f1 = ratio(2 * right, occurrences).sum(axis=1) / np.maximum(1, (occurrences > 0).sum(axis=1))
    return {"accuracy": right.sum(axis=1) / (occurrences.sum(axis=1) / 2), "macro_f1": f1}


def moments(one: Array | Sequence[float], other: Array | Sequence[float]) -> Array:
    """What correlations are made of, (rows, 6), from numbers that stand around 0."""
    # Of equal numbers the median, unlike the mean, is exactly theirs.
    a, b = (np.asarray(each, dtype=np.float64) - np.median(each) for each in (one, other))
    return np.stack([np.ones(len(a)), a, b, a * a, b * b, a * b], axis=1)


def correlation(sums: Array) -> Array:
    """Pearson's, of summed `moments`; 0 where one of the two does not vary."""
    count, a, b, aa, bb, ab = (sums / sums[:, :1]).T
    spread_a, spread_b = aa - a * a, bb - b * b
    varies = (spread_a > NOISE * aa) & (spread_b > NOISE * bb) & (count > 0)
    return ratio(np.where(varies, ab - a * b, 0.0), np.sqrt(np.where(varies, spread_a * spread_b, 1.0)))


def foreseen_tally(counts: Sequence[Mapping[str, float]], right: str, perplexity: str) -> Tally:
    """Of language models: the share of the tokens that came first, and the perplexity, under these names."""
    columns = np.array([[each["loss"], each["tokens"], each["right"]] for each in counts], dtype=np.float64)
    return Tally(columns.reshape(-1, 3), partial(_foreseen, right=right, perplexity=perplexity))


def _foreseen(sums: Array, right: str, perplexity: str) -> dict[str, Array]:
    loss = ratio(sums[:, 0], sums[:, 1])
    return {right: ratio(sums[:, 2], sums[:, 1]), perplexity: np.exp(np.minimum(loss, 700)), "loss": loss}


def softmax(logits: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores: np.ndarray[Any, Any] = shifted / shifted.sum(axis=-1, keepdims=True)
    return scores
