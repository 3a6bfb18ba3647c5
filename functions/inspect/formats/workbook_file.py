"""Spreadsheets: the one sheet that holds a table, with its cells as a CSV export would write them.

A row's number is the one the spreadsheet shows. calamine is imported when the first such file is opened.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO

from contracts.problems import Problem
from functions.common.text import counted, listed, quoted
from functions.inspect.formats.base import (
    SAMPLE,
    Format,
    Numbered,
    Table,
    UnreadableError,
    require_distinct,
)
from functions.inspect.formats.contents import OLE_MAGIC, ZIP_MAGIC
from tasks import Mapping

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MAX_BYTES = 128 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20
"""Of all parts of a workbook: a sheet is held in memory."""
_FEW_ROWS = 10
_CSV = "Save the sheet that holds the texts as CSV (UTF-8) and upload that."

Cells = list[str]


@dataclass
class Sheet:
    """A sheet's rows from its header on; `rows` leaves out blank ones and counts them in `blank`."""

    name: str
    first_row: int
    cells: Sequence[Cells]
    """The header, and the rows below it."""
    blank: int = 0

    @property
    def columns(self) -> list[str]:
        return [name for name in self.header if name]

    @property
    def header(self) -> Cells:
        return [name.strip() for name in self.cells[0]]

    @property
    def size(self) -> int:
        """Rows below the header that hold anything."""
        return sum(any(row) for row in self.cells[1:])

    def rows(self) -> Iterator[tuple[int, Cells]]:
        for number, row in enumerate(self.cells[1:], start=self.first_row + 1):
            if any(row):
                yield number, row
            else:
                self.blank += 1


def open_workbook(stream: BinaryIO) -> Table:
    sheet, notes = _sheet_of(stream)
    require_distinct(sheet.columns, sheet.first_row)
    positions = {name: index for index, name in enumerate(sheet.header) if name}
    numbered = sheet.rows()
    head = list(islice(numbered, SAMPLE))
    sample = []
    for _, row in head:
        sample.append({name: row[index] for name, index in positions.items()})

    def rows(mapping: Mapping) -> Iterator[Numbered]:
        for number, row in chain(head, numbered):
            yield (
                number,
                {name: row[positions[column]] for name, column in mapping.items()},
            )

    def warnings() -> list[str]:
        blank = counted(sheet.blank, "row")
        return [f"skipped {blank} without any value."] if sheet.blank else []

    return Table(tuple(positions), sample, rows, warnings, lambda: "UTF-8", notes)


def _sheet_of(stream: BinaryIO) -> tuple[Sheet, list[str]]:
    """The sheet to read, and a note where there are others."""
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - for these files only

    content = _content(stream)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            return _table_sheet(list(_sheets(workbook)))
    except (CalamineError, OSError, ValueError) as error:
        raise _unreadable(error) from error


def _content(stream: BinaryIO) -> bytes:
    content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES or _unpacked_bytes(content) > MAX_UNPACKED_BYTES:
        limit = f"a workbook of at most {MAX_BYTES // 2**20} MiB"
        raise UnreadableError(Problem(limit, "a larger one", _CSV))
    return content


def _unpacked_bytes(content: bytes) -> int:
    if not content.startswith(ZIP_MAGIC):
        return 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return sum(member.file_size for member in parts.infolist())
    except zipfile.BadZipFile as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> UnreadableError:
    reason = str(error).partition("\n")[0].rstrip(". ")[:120]
    is_locked = "assword" in reason or "ncrypt" in reason
    actual = (
        "one with a password" if is_locked else f"one that cannot be read ({reason})"
    )
    return UnreadableError(Problem("a spreadsheet", actual, _CSV))


def _sheets(workbook: CalamineWorkbook) -> Iterator[Sheet]:
    from python_calamine import SheetVisibleEnum  # noqa: PLC0415 - for these files only

    for metadata in workbook.sheets_metadata:
        if metadata.visible is SheetVisibleEnum.Visible:
            yield _sheet(workbook.get_sheet_by_name(metadata.name))


def _sheet(sheet: CalamineSheet) -> Sheet:
    rows = [list(map(_text, row)) for row in sheet.iter_rows()]
    skipped = _rows_above_header(rows)
    return Sheet(sheet.name, skipped + 1, rows[skipped:] or [[]])


def _rows_above_header(rows: Sequence[Cells]) -> int:
    """Blank rows, and titles: rows of one cell above a table of several columns."""
    widths = [sum(map(bool, row)) for row in rows]
    wanted = 2 if max(widths, default=0) > 1 else 1
    for index, width in enumerate(widths):
        if width >= wanted:
            return index
    return len(rows)


def _table_sheet(sheets: Sequence[Sheet]) -> tuple[Sheet, list[str]]:
    """The sheet with the table: the only one of several columns that is not tiny beside another."""
    filled = [sheet for sheet in sheets if sheet.columns and sheet.size]
    if not filled:
        actual = listed(sheet.name for sheet in sheets)
        raise UnreadableError(
            Problem("a sheet with a header and rows", f"none among {actual}", _CSV)
        )
    wide = [sheet for sheet in filled if len(sheet.columns) > 1] or filled
    largest = max(wide, key=lambda sheet: sheet.size)
    others_with_tables = [
        sheet for sheet in wide if sheet is not largest and not _is_tiny(sheet, largest)
    ]
    if others_with_tables:
        raise UnreadableError(_several([largest, *others_with_tables]))
    others = [sheet for sheet in filled if sheet is not largest]
    note = f"read the sheet {quoted(largest.name)}, not {listed(sheet.name for sheet in others)}"
    return largest, [note] if others else []


def _is_tiny(sheet: Sheet, largest: Sheet) -> bool:
    return sheet.size < _FEW_ROWS and sheet.size * _FEW_ROWS <= largest.size


def _several(sheets: Sequence[Sheet]) -> Problem:
    names = listed(sheet.name for sheet in sheets)
    remedy = (
        "Save the sheet that holds the texts as a CSV file, "
        "or each split as a file of its own: train.csv, validation.csv and test.csv."
    )
    return Problem("one sheet with a table", f"tables in {names}", remedy)


def _text(cell: object) -> str:
    """A cell as a CSV export writes it: whole numbers without a point, dates as ISO 8601."""
    match cell:
        case str():
            return cell.replace("_x000D_\n", "\n").replace("\r\n", "\n")
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime.datetime() if cell.time() == datetime.time():
            return cell.date().isoformat()
        case datetime.date() | datetime.time():
            return cell.isoformat()
    return str(cell)


FORMAT = Format(
    "spreadsheet",
    ("xlsx", "xlsm", "xlsb", "xls", "ods"),
    open_workbook,
    magic=(ZIP_MAGIC, OLE_MAGIC),
    is_suggested=False,
)
