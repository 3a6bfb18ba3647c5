"""Small workbooks as spreadsheets write them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

Cell = str | float | bool | None
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
DATE = "date:"
"""Before a number that is shown as a date."""
FORMULA = "="
"""Before the cached value of a formula."""


def workbook(
    sheets: Mapping[str, Sequence[Sequence[Cell]]],
    hidden: Sequence[str] = (),
    first_row: int = 1,
) -> bytes:
    """An .xlsx file; the rows of each sheet begin in `first_row`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr(
            "_rels/.rels", _relationships(["officeDocument xl/workbook.xml"])
        )
        archive.writestr("xl/workbook.xml", _workbook_xml(sheets, hidden))
        names = [
            f"worksheet worksheets/sheet{i}.xml" for i in range(1, len(sheets) + 1)
        ]
        archive.writestr(
            "xl/_rels/workbook.xml.rels", _relationships([*names, "styles styles.xml"])
        )
        archive.writestr("xl/styles.xml", _STYLES)
        for index, rows in enumerate(sheets.values(), start=1):
            archive.writestr(
                f"xl/worksheets/sheet{index}.xml", _sheet_xml(rows, first_row)
            )
    return file.getvalue()


_STYLES = (
    f'<styleSheet xmlns="{_SPREADSHEET}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def _relationships(targets: Sequence[str]) -> str:
    entries = []
    for index, target in enumerate(targets, start=1):
        kind, path = target.split()
        entries.append(
            f'<Relationship Id="rId{index}" Type="{_RELATIONSHIPS}/{kind}" Target="{path}"/>'
        )
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{"".join(entries)}</Relationships>'


def _workbook_xml(sheets: Mapping[str, object], hidden: Sequence[str]) -> str:
    entries = []
    for index, name in enumerate(sheets, start=1):
        state = ' state="hidden"' if name in hidden else ""
        entries.append(
            f'<sheet name="{escape(name)}" sheetId="{index}"{state} r:id="rId{index}"/>'
        )
    return (
        f'<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_RELATIONSHIPS}">'
        f"<sheets>{''.join(entries)}</sheets></workbook>"
    )


def _sheet_xml(rows: Sequence[Sequence[Cell]], first_row: int) -> str:
    lines = []
    for number, row in enumerate(rows, start=first_row):
        cells = "".join(
            _cell_xml(f"{chr(65 + column)}{number}", cell)
            for column, cell in enumerate(row)
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{_SPREADSHEET}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell_xml(place: str, cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case str() if cell.startswith(DATE):
            return f'<c r="{place}" s="1"><v>{cell.removeprefix(DATE)}</v></c>'
        case str() if cell.startswith(FORMULA):
            value = escape(cell.removeprefix(FORMULA))
            return f'<c r="{place}" t="str"><f>A1</f><v>{value}</v></c>'
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c r="{place}"><v>{cell}</v></c>'
