"""Cells that hold other rows of their table: a quote that is closed too late takes the rows up to there into one cell.

The reader of CSV sees nothing wrong in that. A person does: the lines of such a cell look like rows. The first one
completes the row in which the cell begins, the last one begins the row in which it ends, and those between are whole
rows. Lines of texts do not look so by chance, where there are several of them, or where what stands in the column of
labels or of numbers are labels and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from functions.inspect.formats.sniffing import is_label

ROWS_BY_VALUES = 2
"""Lines with the labels or numbers of the table that prove it."""
ROWS_BY_CELLS = 5
"""Lines with as many cells as the header that prove it."""
_DOUBTFUL_ROWS = 3
"""Lines with as many cells as the header that are worth a warning."""
_SHARE = 0.8
"""Of the lines of a cell: a blank one, or one that is broken itself, may be among the rows."""
_CONSTANT_ROWS = 10
_CONSTANT_CHARACTERS = 40
_LINE_END = re.compile(r"\r\n|\r|\n")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


@dataclass(frozen=True)
class RowsInCell:
    """Lines of one cell that look like rows of the table."""

    lines: int
    """Of the cell."""
    rows: int
    """How many of them look like rows, the last one included."""
    example: str
    """One of them."""
    is_certain: bool


class RowPattern:
    """What the rows of a table look like, by its first ones."""

    def __init__(
        self, records: Iterable[Sequence[str]], width: int, delimiter: str
    ) -> None:
        self._width = width
        self._delimiter = delimiter
        whole = [record for record in records if not has_lines(record)]
        columns = list(zip_longest(*whole, fillvalue=""))[:width]
        self._checks: dict[int, Callable[[str], object]] = {}
        for place, column in enumerate(columns):
            if check := _check_of(column):
                self._checks[place] = check

    def rows_in(self, record: Sequence[str]) -> RowsInCell | None:
        """The rows in a cell of the record, certain or not; of a table with one column nothing can be seen."""
        if self._width < 2:
            return None
        for place, cell in enumerate(record[: self._width]):
            if ("\n" in cell or "\r" in cell) and (rows := self._rows_in(place, cell)):
                return rows
        return None

    def _rows_in(self, place: int, cell: str) -> RowsInCell | None:
        first, *inner, last = _LINE_END.split(cell)
        begins_row = last.strip() and last.count(self._delimiter) == place
        if not begins_row or not self._has_cells(first, self._width - place):
            return None
        rows = [line for line in inner if self._has_cells(line, self._width)]
        count, lines = len(rows) + 1, len(inner) + 1
        if count < lines * _SHARE:
            return None
        fits = [self._fits(first, place), *(self._fits(line, 0) for line in rows)]
        by_values = sum(fits)
        if not by_values and count < _DOUBTFUL_ROWS:
            return None
        is_certain = by_values >= ROWS_BY_VALUES or count >= ROWS_BY_CELLS
        example = rows[0] if rows else first
        return RowsInCell(lines + 1, count + 1, example, is_certain)

    def _has_cells(self, line: str, count: int) -> bool:
        """Whether it has so many cells; in texts, a comma has a space or nothing behind it, unlike in most tables."""
        _, *others = cells = line.split(self._delimiter)
        filled = sum(map(bool, cells))
        is_prose = any(cell.startswith(" ") for cell in others)
        return len(cells) == count and filled >= min(2, count) and not is_prose

    def _fits(self, line: str, first: int) -> bool:
        """Whether a line that begins with the cell of a column has labels and numbers where the table has them."""
        cells = line.split(self._delimiter)
        checked = [place for place in self._checks if place >= first]
        return bool(checked) and all(
            self._checks[place](cells[place - first]) for place in checked
        )


def has_lines(record: Sequence[str]) -> bool:
    """Whether a cell of the record has several lines."""
    return any("\n" in cell or "\r" in cell for cell in record)


def _check_of(column: Sequence[str]) -> Callable[[str], object] | None:
    """What the cells of a column can be recognised by: that they are numbers, or few labels; None of other texts."""
    if column and all(map(_NUMBER.fullmatch, column)):
        return _NUMBER.fullmatch
    labels = frozenset(column)
    is_constant = (
        len(labels) == 1
        and len(column) >= _CONSTANT_ROWS
        and 0 < len(column[0]) <= _CONSTANT_CHARACTERS
    )
    return labels.__contains__ if is_constant or is_label(column) else None
