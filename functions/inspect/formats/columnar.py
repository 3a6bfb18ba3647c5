"""Tables that are kept by column: the shared part of Parquet and Arrow. A row's number is its place in the table."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from contracts.problems import Problem
from functions.inspect.formats.base import (
    MAX_CHARACTERS,
    MAX_RECORD,
    SAMPLE,
    Block,
    Numbered,
    Table,
    UnreadableError,
    require_distinct,
    too_large,
)
from functions.inspect.formats.cells import Cells, size_of
from functions.inspect.formats.labels import features_of, naming_of_column
from functions.inspect.formats.record_blocks import BLOCK_BYTES
from tasks import Mapping, Row

BATCH_ROWS = 128
"""Rows made plain at a time: with the longest cells there may be, 128 million characters a column."""
_COPY_BYTES = 2**20
_INDEX = re.compile(r"__index_level_\d+__")

Arrays = list[pa.Array]
"""Columns of the same rows, with plain values."""

Batches = Callable[[Sequence[str]], Iterator[pa.RecordBatch]]
"""Record batches from the first row on, of the named columns only."""


@contextmanager
def damage(kind: str) -> Iterator[None]:
    """Whatever Arrow cannot read in a file of this kind is raised as `UnreadableError`."""
    try:
        yield
    except (pa.ArrowException, OSError, MemoryError, ValueError) as error:
        reason = str(error).partition("\n")[0].rstrip(". ")[:120]
        actual, remedy = (
            f"a damaged one ({reason})",
            "Write the file again and upload it whole.",
        )
        if "decrypt" in reason:
            actual, remedy = (
                "one with encrypted columns",
                "Write it again without encryption.",
            )
        raise UnreadableError(
            Problem(f"a complete {kind} file", actual, remedy)
        ) from error


def cut_off(kind: str) -> UnreadableError:
    """The end of a file is missing."""
    return UnreadableError(
        Problem(
            f"a complete {kind} file", "one that is cut off", "Upload the file again."
        )
    )


@contextmanager
def copied_to_disk(stream: BinaryIO) -> Iterator[str]:
    """The path of a copy on disk, gone after the block: what has it open by then reads on and frees it when closed."""
    with tempfile.NamedTemporaryFile(prefix="drop-") as copy:
        room = MAX_CHARACTERS
        while chunk := stream.read(_COPY_BYTES):
            room -= len(chunk)
            if room < 0:
                raise too_large(MAX_CHARACTERS)
            copy.write(chunk)
        copy.flush()
        yield copy.name


def ends_with(path: str, *endings: bytes) -> bool:
    """Whether a file on disk ends with one of these bytes."""
    size = max(map(len, endings))
    with Path(path).open("rb") as file:
        file.seek(-min(size, file.seek(0, 2)), 2)
        return file.read(size).endswith(endings)


class Columnar:
    """An open file of columns."""

    def __init__(self, schema: pa.Schema, batches: Batches, kind: str) -> None:
        self._batches, self._kind = batches, kind
        with damage(kind):
            self._cells = _cells_of(schema)
        if not self._cells:
            raise UnreadableError(
                Problem("a table with named columns", "no column", "Check the export.")
            )

    def table(self) -> Table:
        notes = []
        for name, cells in self._cells.items():
            if cells.named:
                notes.append(
                    f"label numbers in {name!r} are read as the names that the file gives them"
                )
        return Table(
            tuple(self._cells),
            self._sample(),
            self._rows,
            list,
            lambda: "UTF-8",
            notes,
            blocks=self._blocks,
        )

    def _sample(self) -> list[Row]:
        """The first rows, without columns that cannot be read: whether those are needed is not known yet."""
        readable = {
            name: cells for name, cells in self._cells.items() if cells.readable
        }
        rows: list[Row] = []
        for batch in self._slices([cells.name for cells in readable.values()]):
            rows += self._sample_rows(batch, readable)
            if len(rows) >= SAMPLE:
                break
        return rows[:SAMPLE]

    def _sample_rows(
        self, batch: pa.RecordBatch, readable: dict[str, Cells]
    ) -> list[Row]:
        columns: dict[str, list[object]] = {}
        for name, cells in readable.items():
            with suppress(UnreadableError):
                array = cells.plain(batch.column(cells.name))
                columns[name] = _without_problems(self._values(cells, array))
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    def _rows(self, mapping: Mapping) -> Iterator[Numbered]:
        for block in self._blocks(mapping):
            yield from block.rows()

    def _blocks(self, mapping: Mapping) -> Iterator[Block]:
        columns = {name: self._cells[column] for name, column in mapping.items()}
        for cells in columns.values():
            cells.require_readable()
        first = 1
        for slices in _joined(self._plain_slices(list(columns.values()))):
            rows = partial(self._rows_in, columns, slices, first)
            yield Block(rows, self._columns_in(columns, slices), first)
            first += sum(len(arrays[0]) for arrays in slices)

    def _plain_slices(self, columns: Sequence[Cells]) -> Iterator[Arrays]:
        room = MAX_CHARACTERS
        for batch in self._slices([cells.name for cells in columns]):
            arrays = [cells.plain(batch.column(cells.name)) for cells in columns]
            room -= _size_of(arrays)
            if room < 0:
                raise too_large(MAX_CHARACTERS)
            yield arrays

    def _rows_in(
        self, columns: dict[str, Cells], slices: Sequence[Arrays], first: int
    ) -> Iterator[Numbered]:
        names = list(columns)
        numbers = count(first)
        for arrays in slices:
            values = [
                self._values(cells, array)
                for cells, array in zip(columns.values(), arrays, strict=True)
            ]
            is_long = _size_of(arrays) > MAX_RECORD
            for row in zip(*values, strict=True):
                problem = _problem(names, row, is_long)
                yield next(numbers), problem or dict(zip(names, row, strict=True))

    def _columns_in(
        self, columns: dict[str, Cells], slices: Sequence[Arrays]
    ) -> dict[str, list[Any]] | None:
        """The values by column, texts in UTF-8; None where a row has a problem."""
        values: dict[str, list[Any]] = {name: [] for name in columns}
        for arrays in slices:
            for (name, cells), array in zip(columns.items(), arrays, strict=True):
                plain = (
                    _encoded(array) if cells.holds_texts else self._values(cells, array)
                )
                if _has_problem(plain, _size_of(arrays) > MAX_RECORD):
                    return None
                values[name] += plain
        return values

    def _values(self, cells: Cells, array: pa.Array) -> list[object]:
        with damage(self._kind):
            return cells.values(array)

    def _slices(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        with damage(self._kind):
            for batch in self._batches(list(dict.fromkeys(columns))):
                batch.validate(full=True)
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    yield batch.slice(start, BATCH_ROWS)


def _size_of(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays)


def _joined(slices: Iterator[Arrays]) -> Iterator[list[Arrays]]:
    """Slices that follow one another, together of about `BLOCK_BYTES`."""
    joined: list[Arrays] = []
    size = 0
    try:
        for arrays in slices:
            joined.append(arrays)
            size += _size_of(arrays)
            if size > BLOCK_BYTES:
                yield joined
                joined, size = [], 0
    except UnreadableError:
        # What lies before the damage is read first.
        if joined:
            yield joined
        raise
    if joined:
        yield joined


def _encoded(array: pa.Array) -> list[Any]:
    large = pa.types.is_large_string(array.type)
    return list(array.cast(pa.large_binary() if large else pa.binary()).to_pylist())


def _has_problem(values: Sequence[object], measure: bool) -> bool:
    for value in values:
        if isinstance(value, Problem):
            return True
        if measure and isinstance(value, bytes) and len(value) > MAX_RECORD:
            return True
    return False


def _cells_of(schema: pa.Schema) -> dict[str, Cells]:
    """The columns that have names, pandas' index aside; raises `UnreadableError` where two have one name."""
    features = features_of(schema.metadata)
    fields = [field for field in schema if not _INDEX.fullmatch(field.name)]
    names = [field.name.strip() for field in fields]
    require_distinct(names)
    cells: dict[str, Cells] = {}
    for name, field in zip(names, fields, strict=True):
        if name:
            cells[name] = Cells(field, naming_of_column(features.get(field.name)))
    return cells


def _without_problems(values: list[object]) -> list[object]:
    cleaned: list[object] = []
    for value in values:
        cleaned.append(None if isinstance(value, Problem) else value)
    return cleaned


def _problem(
    names: Sequence[str], row: Sequence[object], measure: bool
) -> Problem | None:
    """What is wrong with a row's values; they are only measured where one may be too long."""
    for name, value in zip(names, row, strict=True):
        if isinstance(value, Problem):
            return replace(value, column=name)
        if measure and size_of(value) > MAX_RECORD:
            expected = f"cells of at most {MAX_RECORD:,} characters"
            return Problem(
                expected,
                f"one of {size_of(value):,}",
                "Cut it, or delete the row.",
                column=name,
            )
    return None
