"""A sample from all over a file, for files that are sorted: their first rows hide what their columns hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import cache
from itertools import islice

from functions.common.drop import DropFile
from functions.inspect.detection.column_contents import Kind, contents_of
from functions.inspect.formats import Table, UnreadableError
from functions.inspect.formats.base import SAMPLE
from tasks import Row, every_variant
from tasks.base import plain

MOST_ROWS = 2_000_000
"""Rows that are looked through."""


def with_spread_sample(
    table: Table,
    reopened: Callable[[], AbstractContextManager[Table]],
    others: Sequence[Callable[[], AbstractContextManager[Table]]] = (),
) -> Table:
    """The table with a sample of rows from all over it, where a column that no task knows by its name has one value in
    the first rows and several below; else as it was. `reopened` opens the same table once more, and `others` some of
    those that the table goes on in."""
    constant = _constant_columns(table.columns, table.sample)
    if not constant or (len(table.sample) < SAMPLE and not others):
        return table
    sample = table.sample
    if len(table.sample) >= SAMPLE:
        with reopened() as whole:
            sample = _spread(whole)
    sample = _with_rows_of_others(sample, table.columns, others)
    contents = contents_of(constant, sample)
    if all(
        content.kind in (Kind.CONSTANT, Kind.EMPTY) for content in contents.values()
    ):
        return table
    return replace(table, sample=sample)


def spread_over(files: Sequence[DropFile], count: int) -> list[DropFile]:
    """At most as many files from all over them, the first and the last among them, in their order."""
    last = len(files) - 1
    steps = range(min(count, len(files)))
    return [files[step * last // max(1, len(steps) - 1)] for step in steps]


def _with_rows_of_others(
    sample: list[Row],
    columns: Sequence[str],
    others: Sequence[Callable[[], AbstractContextManager[Table]]],
) -> list[Row]:
    """As many rows as a sample has, of the first table and of those others that have its columns."""
    rows = list(sample)
    for opened in others:
        with suppress(UnreadableError), opened() as other:
            if {*columns} <= {*other.columns}:
                rows += other.sample
    return random.Random(0).sample(rows, SAMPLE) if len(rows) > SAMPLE else rows


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
