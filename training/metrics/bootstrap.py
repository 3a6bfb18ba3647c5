"""How sure a metric is: the same metric over the held-out rows drawn again and again, with replacement.

A metric is computed from sums over rows, so that a resample is a product of how often each row was drawn with what each
row adds. Rivals are weighed by the same draws: their differences are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Formula = Callable[[Array], Mapping[str, Array]]
"""Sums, (resamples, columns), to the metrics of each resample."""
Interval = list[float]
"""The lower and the upper end."""

RESAMPLES = 1000
PERCENTILES = (2.5, 97.5)
SEED = 0
UNITS = 20_000
"""More rows than this are drawn in groups: as many units, each the sum of a few rows, vary as the rows do."""
CELLS = 1_000_000
"""Of the draws held in memory at a time."""


@dataclass(frozen=True)
class Tally:
    """What each row adds, (rows, columns), dense or of scipy.sparse, and the metrics that their sums make."""

    columns: Any
    formula: Formula

    def metrics(self) -> dict[str, float]:
        """Over all rows."""
        sums = np.asarray(self.columns.sum(axis=0), dtype=np.float64).reshape(1, -1)
        return {name: float(values[0]) for name, values in self.formula(sums).items()}

    def in_units(self, groups: Array, count: int) -> Tally:
        """The rows of each group added up."""
        from scipy.sparse import csr_array  # noqa: PLC0415

        places = np.arange(len(groups))
        members = csr_array((np.ones(len(groups)), (groups, places)), shape=(count, len(groups)))
        return Tally(members @ self.columns, self.formula)

    def drawn(self, draws: Array) -> Mapping[str, Array]:
        """The metrics of each resample; `draws` (resamples, rows) tell how often each row is in it."""
        return self.formula(np.asarray(draws @ self.columns))


def intervals(tallies: Mapping[str, Tally | None], rows: int, metric: str) -> dict[str, Any]:
    """`intervals` of `evaluation.json`: of every tally, and of the model's `metric` less each rival's."""
    found = resampled({name: tally for name, tally in tallies.items() if tally}, rows)
    model = found["model"][metric]
    return {
        **{name: _ends_of(found.get(name)) for name in tallies},
        "difference": {
            name: interval(model - found[name][metric]) if name in found else None
            for name in tallies
            if name != "model"
        },
    }


def resampled(tallies: Mapping[str, Tally], rows: int) -> dict[str, dict[str, Array]]:
    """Of every tally every metric's values over the same resamples."""
    units, parts = min(rows, UNITS), dict(tallies)
    if units < rows:
        groups = np.random.default_rng(SEED).permutation(rows) % units
        parts = {name: tally.in_units(groups, units) for name, tally in tallies.items()}
    found: dict[str, list[Mapping[str, Array]]] = {name: [] for name in parts}
    for draws in _draws(units):
        for name, tally in parts.items():
            found[name].append(tally.drawn(draws))
    return {
        name: {metric: np.concatenate([batch[metric] for batch in batches]) for metric in batches[0]}
        for name, batches in found.items()
    }


def interval(values: Array) -> Interval:
    low, high = np.percentile(values, PERCENTILES)
    return [float(low), float(high)]


def _ends_of(metrics: Mapping[str, Array] | None) -> dict[str, Interval] | None:
    return {name: interval(values) for name, values in metrics.items()} if metrics else None


def _draws(units: int) -> Iterator[Array]:
    """How often each unit is drawn, a few resamples at a time; the same ones every time."""
    draw = np.random.default_rng(SEED)
    at_once = max(1, CELLS // units)
    for start in range(0, RESAMPLES, at_once):
        count = min(at_once, RESAMPLES - start)
        places = draw.integers(units, size=(count, units)) + units * np.arange(count)[:, None]
        yield np.bincount(places.ravel(), minlength=count * units).reshape(count, units).astype(np.float64)
