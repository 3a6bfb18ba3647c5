"""What an annotation tool's export gives: the columns to learn from, and which of its records count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from contracts.problems import Problem
from tasks import Row


@dataclass(frozen=True)
class LeftOut:
    """A record that is not learnt; `reason` follows its number, as in `rows that the annotator rejected`."""

    reason: str


@dataclass(frozen=True)
class Reading:
    """How the records of one export become rows. `note` says what was recognised, without a full stop."""

    convert: Callable[[Row], Row | Problem | LeftOut]
    note: str


Recognise = Callable[[Sequence[Row]], Reading | None]
"""The first records of a table, by its column names -> how to read them, or None where they are not of this tool."""


def columns_of(sample: Sequence[Row]) -> set[str]:
    return {name for row in sample for name in row}


def values_of(sample: Sequence[Row], name: str) -> list[object]:
    """The cells of a column that are not empty."""
    return [row[name] for row in sample if row.get(name) is not None]
