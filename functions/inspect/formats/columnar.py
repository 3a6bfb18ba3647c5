"""Tables that are kept by column: the shared part of Parquet and Arrow. A row's number is its place in the table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from typing import Any

import pyarrow as pa

from contracts.problems import Problem
from functions.inspect.formats.base import (
    MAX_CHARACTERS,
    MAX_RECORD,
    SAMPLE,
    Numbered,
    Table,
    UnreadableError,
    require_distinct,
    too_large,
)
from functions.inspect.formats.cells import Cells, size_of
from functions.inspect.formats.labels import features_of, naming_of
from tasks import Mapping, Row

BATCH = 128
"""Rows made plain at a time: with the longest cells there may be, 128 million characters a column."""
_INDEX = re.compile(r"__index_level_\d+__")

Batches = Callable[[Sequence[str]], Iterator[Any]]
"""Record batches from the first row on, of the named columns only."""


@contextmanager
def damage(kind: str) -> Iterator[None]:
    """Whatever Arrow cannot read in a file of this kind is raised as `UnreadableError`."""
    try:
        yield
    except (pa.ArrowException, OSError, MemoryError, ValueError) as error:
        reason = str(error).partition("\n")[0].rstrip(". ")[:120]
        found, remedy = f"a damaged one ({reason})", "Write the file again and upload it whole."
        if "decrypt" in reason:
            found, remedy = "one with encrypted columns", "Write it again without encryption."
        raise UnreadableError(Problem(f"a complete {kind} file", found, remedy)) from error


def cut_off(kind: str) -> UnreadableError:
    """The end of a file is missing."""
    return UnreadableError(Problem(f"a complete {kind} file", "one that is cut off", "Upload the file again."))


class Columnar:
    """An open file of columns."""

    def __init__(self, schema: Any, batches: Batches, kind: str) -> None:
        self._batches, self._kind = batches, kind
        features = features_of(schema.metadata)
        with damage(kind):
            named = [(field.name.strip(), field) for field in schema if not _INDEX.fullmatch(field.name)]
            require_distinct([name for name, _ in named])
            self._cells = {name: Cells(field, naming_of(features.get(field.name))) for name, field in named if name}
        if not self._cells:
            raise UnreadableError(Problem("a table with named columns", "no column", "Check the export."))

    def table(self) -> Table:
        named = [name for name, cells in self._cells.items() if cells.named]
        notes = [f"label numbers in {name!r} are read as the names that the file gives them" for name in named]
        return Table(tuple(self._cells), self._sample(), self._rows, list, lambda: "UTF-8", notes)

    def _sample(self) -> list[Row]:
        """The first rows, without columns that cannot be read: whether those are needed is not known yet."""
        readable = {name: cells for name, cells in self._cells.items() if cells.readable}
        rows: list[Row] = []
        for batch in self._slices([cells.name for cells in readable.values()]):
            columns: dict[str, list[Any]] = {}
            for name, cells in readable.items():
                with suppress(UnreadableError):
                    values = self._values(cells, cells.plain(batch.column(cells.name)))
                    columns[name] = [None if isinstance(value, Problem) else value for value in values]
            rows += [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
            if len(rows) >= SAMPLE:
                break
        return rows[:SAMPLE]

    def _rows(self, mapping: Mapping) -> Iterator[Numbered]:
        names, columns = list(mapping), [self._cells[column] for column in mapping.values()]
        for cells in columns:
            cells.require_readable()
        room, numbers = MAX_CHARACTERS, count(1)
        for batch in self._slices([cells.name for cells in columns]):
            arrays = [cells.plain(batch.column(cells.name)) for cells in columns]
            size = sum(array.nbytes for array in arrays)
            room -= size
            if room < 0:
                raise too_large(MAX_CHARACTERS)
            values = [self._values(cells, array) for cells, array in zip(columns, arrays, strict=True)]
            for row in zip(*values, strict=True):
                yield next(numbers), _problem(names, row, size > MAX_RECORD) or dict(zip(names, row, strict=True))

    def _values(self, cells: Cells, array: Any) -> list[Any]:
        with damage(self._kind):
            return cells.values(array)

    def _slices(self, columns: Sequence[str]) -> Iterator[Any]:
        with damage(self._kind):
            for batch in self._batches(list(dict.fromkeys(columns))):
                batch.validate(full=True)
                for start in range(0, batch.num_rows, BATCH):
                    yield batch.slice(start, BATCH)


def _problem(names: Sequence[str], row: Sequence[Any], measure: bool) -> Problem | None:
    """What is wrong with a row's values; they are only measured where one may be too long."""
    for name, value in zip(names, row, strict=True):
        if isinstance(value, Problem):
            return replace(value, column=name)
        if measure and size_of(value) > MAX_RECORD:
            expected = f"cells of at most {MAX_RECORD:,} characters"
            return Problem(expected, f"one of {size_of(value):,}", "Cut it, or delete the row.", column=name)
    return None
