"""A sample from all over a file, for files that are sorted: their first rows hide what their columns hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from itertools import islice

from functions.inspect.detection.column_contents import Kind, contents_of
from functions.inspect.formats import Table
from functions.inspect.formats.base import SAMPLE
from tasks import Row, every_variant
from tasks.base import plain

MOST_ROWS = 2_000_000
"""Rows that are looked through."""


def with_spread_sample(
    table: Table, reopened: Callable[[], AbstractContextManager[Table]]
) -> Table:
    """The table with a sample of rows from all over it, where a column that no task knows by its name has one value in
    the first rows and several below; else as it was. `reopened` opens the same table once more."""
    constant = _constant_columns(table.columns, table.sample)
    if len(table.sample) < SAMPLE or not constant:
        return table
    with reopened() as whole:
        sample = _spread(whole)
    contents = contents_of(constant, sample)
    if all(
        content.kind in (Kind.CONSTANT, Kind.EMPTY) for content in contents.values()
    ):
        return table
    return replace(table, sample=sample)


def _constant_columns(columns: Sequence[str], sample: Sequence[Row]) -> list[str]:
    contents = contents_of(columns, sample)
    return [
        content.name
        for content in contents.values()
        if content.kind is Kind.CONSTANT and plain(content.name) not in _task_columns()
    ]


@cache
def _task_columns() -> frozenset[str]:
    columns = [column for task in every_variant() for column in task.columns]
    return frozenset(
        name for column in columns for name in (column.name, *column.aliases)
    )


def _spread(table: Table) -> list[Row]:
    """As many rows as a sample has, each row with the same chance (Vitter's algorithm R), the same ones every time."""
    chance = random.Random(0)
    sample: list[Row] = []
    rows = table.rows({name: name for name in table.columns})
    for place, (_, row) in enumerate(islice(rows, MOST_ROWS)):
        if not isinstance(row, dict):
            continue
        if len(sample) < SAMPLE:
            sample.append(row)
        elif (chosen := chance.randrange(place + 1)) < SAMPLE:
            sample[chosen] = row
    return sample
