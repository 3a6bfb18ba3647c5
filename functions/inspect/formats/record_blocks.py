"""Whole blocks of delimited text, split into cells at once.

Only what `csv.reader` reads in the same way is split: of anything else `columns_of` gives None, and the block is for
that reader. A block is cut where a row ends, as far as its quotes tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

BLOCK_BYTES = 2**18
"""Less than the longest line or cell there may be, so that a block cannot hold one that is too long."""
_CACHED_BYTES = 64
_QUOTED = b"\0"
"""Stands for the content of a pair of quotes in the frame of a block."""

Cells = list[int | bytes]
"""The cells of a row: of one in quotes the number of quoted pieces (one more than the doubled quotes in it)."""


def end_of_rows(block: bytes, is_last: bool, quoting: bool) -> int:
    """The index after the last complete row; 0 where none is complete."""
    end = len(block) if is_last else block.rfind(b"\n") + 1
    if not quoting:
        return end
    is_inside = block.count(b'"', 0, end) % 2
    while is_inside and end:
        before = block.rfind(b"\n", 0, end - 1) + 1
        is_inside = (is_inside + block.count(b'"', before, end)) % 2
        end = before
    return end


def columns_of(
    block: bytes,
    delimiter: bytes,
    width: int,
    positions: Sequence[int],
    quoting: bool,
    *,
    is_unusual: Callable[[Sequence[bytes]], bool],
) -> list[list[bytes]] | None:
    """The cells of whole rows, a list for each of the `positions`; every row must have `width` cells.

    A block holds no NUL character. `is_unusual` is asked of each row on several lines whether it has to be looked at.
    """
    pieces = block.split(b'"') if quoting else [block]
    frame = _QUOTED.join(pieces[::2])
    if b"\r" in frame:
        frame = frame.replace(b"\r\n", b"\n")
        if b"\r" in frame:
            return None
    lines = frame.split(b"\n")
    if not lines[-1]:
        lines.pop()
    quoted = pieces[1::2]
    rows = _rows_of(lines, quoted, delimiter, width)
    if rows is None or any(map(is_unusual, _on_several_lines(quoted, rows))):
        return None
    columns = list(zip(*rows, strict=True))
    return [list(columns[position]) for position in positions]


def _on_several_lines(
    quoted: list[bytes], rows: list[list[bytes]]
) -> Iterator[list[bytes]]:
    """The rows with a cell that has several lines, of a block whose pieces in quotes are these."""
    has_lines = any(b"\n" in piece or b"\r" in piece for piece in quoted)
    for row in rows if has_lines else ():
        if any(b"\n" in cell or b"\r" in cell for cell in row):
            yield row


def _rows_of(
    lines: list[bytes], quoted: list[bytes], delimiter: bytes, width: int
) -> list[list[bytes]] | None:
    cached: dict[bytes, Cells] = {}
    rows: list[list[bytes]] = []
    index = 0
    for line in lines:
        cells = cached.get(line)
        if cells is None:
            cells = _cells_of(line, delimiter)
            if cells is None or len(cells) != width:
                return None
            if len(line) <= _CACHED_BYTES:
                cached[line] = cells
        row: list[bytes] = []
        for cell in cells:
            if isinstance(cell, bytes):
                row.append(cell)
            else:
                end = index + cell
                row.append(quoted[index] if cell == 1 else b'"'.join(quoted[index:end]))
                index = end
        rows.append(row)
    return rows


def _cells_of(line: bytes, delimiter: bytes) -> Cells | None:
    """None where quotes are not around a whole cell."""
    cells: Cells = []
    for cell in line.split(delimiter):
        if _QUOTED not in cell:
            # As `csv.reader` does with `skipinitialspace`.
            cells.append(cell.lstrip(b" "))
        elif cell.strip(_QUOTED):
            return None
        else:
            cells.append(len(cell))
    return cells
