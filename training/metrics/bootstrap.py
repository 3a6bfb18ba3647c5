"""Confidence intervals by the bootstrap: the metrics over the held-out rows, resampled with replacement.

The percentile method of Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
`scipy.stats.bootstrap` would call a metric once for each resample; here a resample is a row of counts, and all of them
are one matrix product with what each row adds. Every model is measured on the same resamples, so that differences
between models are paired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np

from contracts.evaluation import Differences, Intervals
from contracts.measures import Interval
from training.common.types import FloatArray
from training.metrics.sums import MetricSums

Samples: TypeAlias = Mapping[str, FloatArray]
"""Metric -> its value in each resample, of shape (resamples,)."""

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)
SEED = 0
MAX_UNITS = 20_000
"""More rows than this are resampled in so many groups: sums of a few rows vary as the rows do."""
MAX_COUNTS = 1_000_000
"""Counts held in memory at a time."""


def intervals(
    sums: Mapping[str, MetricSums | None], rows: int, metric: str
) -> Intervals:
    """The intervals of every metric, and of the model's `metric` less each other's.

    `sums` are those of `model`, `trivial`, `reference` and `champion` over the same held-out `rows`; None without one.
    """
    present = {
        name: of_model for name, of_model in sums.items() if of_model is not None
    }
    samples = resample(present, rows)
    model = samples["model"]
    trivial = samples.get("trivial")
    reference = samples.get("reference")
    champion = samples.get("champion")
    return Intervals(
        model=_intervals(model),
        trivial=_intervals_of(trivial),
        reference=_intervals_of(reference),
        champion=_intervals_of(champion),
        difference=Differences(
            trivial=_difference(model, trivial, metric),
            reference=_difference(model, reference, metric),
            champion=_difference(model, champion, metric),
        ),
    )


def _intervals(samples: Samples) -> dict[str, Interval]:
    return {name: interval(values) for name, values in samples.items()}


def _intervals_of(samples: Samples | None) -> dict[str, Interval] | None:
    return None if samples is None else _intervals(samples)


def _difference(model: Samples, other: Samples | None, metric: str) -> Interval | None:
    """Of the model's metric less the other's, resample by resample."""
    return None if other is None else interval(model[metric] - other[metric])


def interval(values: FloatArray) -> Interval:
    """The lower and the upper end."""
    low, high = np.percentile(values, PERCENTILES)
    return float(low), float(high)


def resample(sums: Mapping[str, MetricSums], rows: int) -> dict[str, Samples]:
    """Every metric of every model over the same resamples of the rows."""
    units = min(rows, MAX_UNITS)
    if units < rows:
        rng = np.random.default_rng(SEED)
        groups = rng.permutation(rows) % units
        sums = {
            name: of_model.grouped(groups, units) for name, of_model in sums.items()
        }
    batches: dict[str, list[Samples]] = {name: [] for name in sums}
    for counts in _resamples(units):
        for name, of_model in sums.items():
            batches[name].append(of_model.resampled(counts))
    return {name: _joined(of_model) for name, of_model in batches.items()}


def _joined(batches: list[Samples]) -> Samples:
    joined = {}
    for metric in batches[0]:
        values = [batch[metric] for batch in batches]
        joined[metric] = np.concatenate(values)
    return joined


def _resamples(units: int) -> Iterator[FloatArray]:
    """How often each unit is drawn, of shape (some resamples, units); the same resamples every time."""
    rng = np.random.default_rng(SEED)
    batch = max(1, MAX_COUNTS // units)
    for start in range(0, RESAMPLES, batch):
        resamples = min(batch, RESAMPLES - start)
        shape = (resamples, units)
        drawn = rng.integers(units, size=shape)
        # Each resample counts in numbers of its own, so that one call counts all of them.
        first_numbers = units * np.arange(resamples)
        numbers = drawn + first_numbers[:, None]
        counts = np.bincount(numbers.ravel(), minlength=resamples * units)
        yield counts.reshape(shape).astype(np.float64)
