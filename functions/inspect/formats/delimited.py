"""Tables of delimited text, read strictly after RFC 4180: the shared part of CSV and TSV.

A row's number is the one a spreadsheet shows: the header is row 1, blank lines count, a cell with line breaks does not
add rows. Where quotes are broken a spreadsheet is no help, so those problems name the line of an editor as well.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice

from contracts.problems import Problem
from functions.common.text import counted, quoted
from functions.inspect.formats.base import (
    MAX_RECORD,
    SAMPLE,
    Block,
    Numbered,
    Table,
    UnreadableError,
    require_distinct,
)
from functions.inspect.formats.record_blocks import BLOCK_BYTES, columns_of, end_of_rows
from functions.inspect.formats.rows_in_cells import RowPattern, RowsInCell
from functions.inspect.formats.text import Ahead, Text, measured
from tasks import Mapping, Row

csv.field_size_limit(MAX_RECORD)

Record = tuple[int, list[str] | Problem]
DELIMITERS = ",;\t|"
"""Those that a header is tried with."""
_DELIMITER_NAMES = {
    ",": "a comma",
    ";": "a semicolon",
    "\t": "a tab",
    "|": "a vertical bar",
    "^": "a caret",
    "~": "a tilde",
    "\x01": "the control character U+0001",
}
BLOCKS_FROM = 4 * 2**20
"""Bytes of a file that are read row by row: few files are larger, and these are worth the preparations."""
_SPACE = " \t\ufeff\u00a0\u200b"
_ENTER_QUOTES = 'Close the quote; inside quotes, write a quote character twice ("").'


class DelimitedText:
    """An open delimited file: header read, records to come."""

    def __init__(
        self, text: Text, lines: Iterator[str], delimiter: str, quoting: bool = True
    ) -> None:
        self._text = text
        self._delimiter = delimiter
        self._quoting = quoting
        self._number = 0
        self._skipped, first = _first_line(lines)
        # Of the whole process: who reads other tables in it sets its own.
        csv.field_size_limit(MAX_RECORD)
        self._reader = csv.reader(
            chain([first], lines),
            delimiter=delimiter,
            strict=quoting,
            skipinitialspace=True,
            quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE,
        )
        self._blank = 0
        self._headers = 0
        self._doubtful: dict[int, RowsInCell] = {}
        self._pattern: RowPattern | None = None
        self._unchecked: dict[int, tuple[int, int]] = {}
        self._head: list[Record] = []
        self._records = self._read()
        self.header = self._read_header()

    def table(self, notes: list[str]) -> Table:
        self._head = self._checked_head(list(islice(self._records, SAMPLE)))
        sample = []
        for _, record in self._head:
            if isinstance(record, list) and any(record):
                sample.append(self._row(record))
        columns = tuple(name for name in self.header if name)
        return Table(
            columns,
            sample,
            self._rows,
            self._warnings,
            self._text.encoding,
            notes,
            blocks=self._blocks,
        )

    def _warnings(self) -> list[str]:
        warnings = list(self._text.warnings())
        if self._blank:
            rows = counted(self._blank, "row")
            warnings.append(f"skipped {rows} without any value.")
        if self._headers:
            rows = counted(self._headers, "row")
            verb = "repeats" if self._headers == 1 else "repeat"
            warnings.append(f"skipped {rows} that {verb} the header.")
        if self._doubtful:
            warnings.append(_doubt(self._doubtful))
        return warnings

    def _checked_head(self, head: list[Record]) -> list[Record]:
        """The first records, which show what rows look like, and none that holds other rows."""
        records = [record for _, record in head if isinstance(record, list)]
        self._pattern = RowPattern(records, len(self.header), self._delimiter)
        checked: list[Record] = []
        for number, record in head:
            lines = self._unchecked.get(number)
            if lines and isinstance(record, list):
                checked.append((number, self._checked(number, record, *lines)))
            else:
                checked.append((number, record))
        return checked

    def _checked(
        self, number: int, record: list[str], first: int, last: int
    ) -> list[str] | Problem:
        """A record on several lines, or what is wrong with it: a cell holds other rows of the table."""
        if self._pattern is None:
            self._unchecked[number] = first, last
            return record
        rows = self._pattern.rows_in(record)
        if rows and rows.is_certain:
            return _rows_in_cell(rows, first, last)
        if rows:
            self._doubtful[number] = rows
        return record

    def _row(self, record: list[str]) -> Row:
        return {
            name: cell for name, cell in zip(self.header, record, strict=False) if name
        }

    def _read_header(self) -> list[str]:
        missing = Problem("a header row", "none", "Add one.")
        number, header = next(self._records, (1, missing))
        if isinstance(header, Problem):
            raise UnreadableError(header)
        if lines := self._unchecked.get(number):
            rows = RowPattern((), len(header), self._delimiter).rows_in(header)
            if rows and rows.is_certain:
                raise UnreadableError(_rows_in_cell(rows, *lines))
        self._written_header = header
        names = [name.strip(_SPACE) for name in header]
        require_distinct(names, number)
        return names

    def _read(self) -> Iterator[Record]:
        """Every record with its row number; after a broken one, reading goes on with the next line."""
        self._number = self._skipped
        while True:
            line = self._reader.line_num
            try:
                for record in self._reader:
                    self._number += 1
                    before, line = line, self._reader.line_num
                    if line - before > 1:
                        first, last = self._skipped + before + 1, self._skipped + line
                        checked = self._checked(self._number, record, first, last)
                        yield self._number, checked
                    else:
                        yield self._number, record
            except csv.Error as error:
                self._number += 1
                first_line = self._skipped + line + 1
                last_line = self._skipped + self._reader.line_num
                yield self._number, self._broken(str(error), first_line, last_line)
            else:
                return

    def _broken(self, error: str, first: int, last: int) -> Problem:
        if "end of data" in error:
            actual = f"a quote that opens on line {first:,} and is not closed before the file ends"
            return Problem("a closing quote", actual, _ENTER_QUOTES)
        if "expected after" in error:
            lines = (
                f"on line {first:,}"
                if first == last
                else f"in the row on lines {first:,} to {last:,}"
            )
            expected = (
                f"{_name(self._delimiter)} or the end of the row after a closing quote"
            )
            return Problem(
                expected, f"text after a closing quote {lines}", _ENTER_QUOTES
            )
        if "field larger" in error:
            actual = f"a longer one that starts on line {first:,}"
            return Problem(
                f"cells of at most {MAX_RECORD:,} characters",
                actual,
                f"Cut it. {_ENTER_QUOTES}",
            )
        return Problem(
            "rows of delimited text",
            f"{error} on line {first:,}",
            "Correct the row or delete it.",
        )

    def _rows(self, mapping: Mapping) -> Iterator[Numbered]:
        return self._rows_of(chain(self._head, self._records), mapping)

    def _blocks(self, mapping: Mapping) -> Iterator[Block]:
        """The first rows one by one; then block after block, and the rest, if any, one by one."""
        before = self._records_until(BLOCKS_FROM)
        yield Block(partial(self._rows_of, chain(self._head, before), mapping))
        while ahead := self._text.peek(BLOCK_BYTES):
            yield from self._blocks_in(ahead, mapping)
        yield Block(partial(self._rows_of, self._records, mapping))

    def _blocks_in(self, ahead: Ahead, mapping: Mapping) -> Iterator[Block]:
        """One block, and what its reader has not read as rows is passed over."""
        start = self._text.position
        end = end_of_rows(ahead.content, ahead.is_last, self._quoting)
        content = ahead.content[:end]
        is_usual = end * 2 > len(ahead.content)
        position = start + (end if is_usual else len(ahead.content))
        rows = partial(self._rows_of, self._records_until(position), mapping)
        lines = measured(content) if is_usual else None
        columns = self._columns(content, mapping) if lines else None
        yield Block(rows, columns, self._number + 1)
        if lines and columns and self._text.position == start:
            self._text.skip(lines)
            self._skipped += lines.count
            self._number += len(next(iter(columns.values())))

    def _columns(
        self, content: bytes, mapping: Mapping
    ) -> dict[str, list[bytes]] | None:
        """None where a row has to be looked at, as one that repeats the header."""
        positions = [self.header.index(column) for column in mapping.values()]
        columns = columns_of(
            content,
            self._delimiter.encode(),
            len(self.header),
            positions,
            self._quoting,
            is_unusual=self._holds_rows,
        )
        if columns is None or self._written_header[positions[0]].encode() in columns[0]:
            return None
        return dict(zip(mapping, columns, strict=True))

    def _holds_rows(self, record: Sequence[bytes]) -> bool:
        assert self._pattern
        return bool(self._pattern.rows_in(list(map(bytes.decode, record))))

    def _records_until(self, position: int) -> Iterator[Record]:
        """The records that begin before a place in the file, and those of lines that were read ahead."""
        while self._text.position < position or not self._is_level():
            record = next(self._records, None)
            if record is None:
                return
            yield record

    def _is_level(self) -> bool:
        """Whether the reader of records has taken every line that was read of the file."""
        return self._skipped + self._reader.line_num == self._text.line_number

    def _rows_of(
        self, records: Iterable[Record], mapping: Mapping
    ) -> Iterator[Numbered]:
        names = list(mapping)
        positions = [self.header.index(column) for column in mapping.values()]
        width, header = len(self.header), self._written_header
        for number, record in records:
            if isinstance(record, Problem):
                yield number, record
            elif not any(record):
                self._blank += bool(record)
            elif record == header:
                self._headers += 1
            elif len(record) < width or any(record[width:]):
                yield number, self._uneven(record)
            else:
                cells = [record[position] for position in positions]
                yield number, dict(zip(names, cells, strict=True))

    def _uneven(self, record: list[str]) -> Problem:
        width = len(self.header)
        expected = f"{width} cells, as in the header"
        if len(record) < width:
            actual = f"{len(record)}, the last being {quoted(record[-1], 40)}"
            return Problem(
                expected, actual, "Add the missing cells, or delete the row."
            )
        actual = (
            f"{len(record)}, the first one too many being {quoted(record[width], 40)}"
        )
        remedy = f"Put a text that contains {_name(self._delimiter)} in double quotes."
        return Problem(expected, actual, remedy)


def _rows_in_cell(rows: RowsInCell, first: int, last: int) -> Problem:
    return Problem(
        "a cell that ends in its own row",
        f"one of {rows.lines:,} lines, in the row on lines {first:,} to {last:,}, of which "
        f"{rows.rows:,} look like rows of the table, such as {quoted(rows.example, 60)}",
        f'Close the quote that opens on line {first:,}; inside quotes, write a quote character twice (""). '
        "If the text has such lines, write the rows as JSON Lines.",
    )


def _doubt(doubtful: dict[int, RowsInCell]) -> str:
    number, rows = next(iter(doubtful.items()))
    others = len(doubtful) - 1
    more = f", and {counted(others, 'row')} more like it" if others else ""
    return (
        f"row {number:,} has a cell with lines that look like rows of the table, such as "
        f"{quoted(rows.example, 60)}{more}. If a quote there is not closed, close it: rows are missing."
    )


def _first_line(lines: Iterator[str]) -> tuple[int, str]:
    """How many blank lines come first, and the line after them."""
    for skipped, line in enumerate(lines):
        if line.strip(_SPACE + "\r\n"):
            return skipped, line
    remedy = "Upload the file again: it may have been cut off."
    raise UnreadableError(Problem("rows of text", "only blank lines", remedy))


def _name(delimiter: str) -> str:
    return _DELIMITER_NAMES[delimiter]


def delimiter_note(delimiter: str) -> str:
    """The delimiter as a note says it."""
    return f"cells are separated by {_name(delimiter)}"
