"""Canonical rows that stay in their files: read through once and checked, then parsed when they are asked for.

A row as an object takes about five times its bytes; ten million of them do not fit into the memory of the usual
training instances.
"""

from __future__ import annotations

import json
import mmap
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

from tasks import Row, Task
from training.common.errors import DataError


class RowFiles(Sequence[Row]):
    """The rows of JSON Lines files, one file after the other; blank lines are none."""

    def __init__(self, paths: Sequence[Path], task: Task) -> None:
        """Raises `DataError`, which names file, row and column."""
        self._required = [column.name for column in task.columns if column.required]
        self._files: list[_Lines] = []
        self._ends: list[int] = []
        """The number of rows up to the end of each file."""
        for path in paths:
            if not path.stat().st_size:
                continue
            lines = _Lines(path, self._required)
            self._files.append(lines)
            self._ends.append(len(self) + len(lines.starts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self._row(place) for place in range(len(self))[index]]
        return self._row(range(len(self))[index])

    def __iter__(self) -> Iterator[Row]:
        for lines in self._files:
            yield from lines.rows()

    def _row(self, place: int) -> Row:
        number = bisect_right(self._ends, place)
        before = self._ends[number - 1] if number else 0
        return self._files[number].row(place - before)


class _Lines:
    """One file that is not empty; `starts` are the places of its rows in bytes."""

    def __init__(self, path: Path, required: Sequence[str]) -> None:
        self._name = f"{path.parent.name}/{path.name}"
        self.starts = array("q")
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        start = 0
        for number, line in enumerate(iter(self._bytes.readline, b""), 1):
            if line.strip():
                _parse(line, f"{self._name}, row {number}", required)
                self.starts.append(start)
            start += len(line)

    def rows(self) -> Iterator[Row]:
        return map(self.row, range(len(self.starts)))

    def row(self, index: int) -> Row:
        start = self.starts[index]
        end = self._bytes.find(b"\n", start)
        line = self._bytes[start : end if end >= 0 else len(self._bytes)]
        row: Row = json.loads(line.decode("utf-8"))
        return row


def _parse(line: bytes, where: str, required: Sequence[str]) -> None:
    """`where` names the row in errors."""
    try:
        row = json.loads(line.decode("utf-8"))
    except ValueError as error:
        raise DataError(
            f"{where}: expected a JSON object; found broken JSON: {error}. Correct the line."
        ) from None
    if not isinstance(row, dict):
        raise DataError(
            f"{where}: expected a JSON object; found {type(row).__name__}. Correct the line."
        )
    for name in required:
        if row.get(name) in (None, ""):
            names = ", ".join(sorted(row)) or "no columns"
            raise DataError(
                f"{where}, column {name!r}: expected a value; found {names}. Fill it in or drop the row."
            )
