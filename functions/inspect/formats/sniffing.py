"""The first lines of a text, and what they are separated into."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from typing import BinaryIO

from functions.inspect.formats.contents import HEAD_BYTES, peek
from functions.inspect.formats.encodings import encoding_of

HEAD_LINES = 500
_LABEL_WORDS = 4
_LABEL_CHARACTERS = 40
MAX_LABELS = 20
_ROWS_A_LABEL = 2
_TEXT_WORDS = 2


def head_lines(stream: BinaryIO) -> list[str]:
    """The first complete lines of a stream that was not read yet, without their endings."""
    head = peek(stream, HEAD_BYTES)
    encoding = encoding_of(head)
    lines = head.decode(encoding.codec, "replace").splitlines()
    is_whole = len(head) < HEAD_BYTES or len(lines) == 1
    return (lines if is_whole else lines[:-1])[:HEAD_LINES]


def cells_of(
    lines: Sequence[str], delimiter: str, quoting: bool = True
) -> list[list[str]]:
    """The cells of each line that is not blank; empty where the quotes are broken."""
    reader = csv.reader(
        (line for line in lines if line.strip()),
        delimiter=delimiter,
        strict=quoting,
        skipinitialspace=True,
        quoting=csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE,
    )
    stripped = []
    try:
        for record in reader:
            stripped.append([cell.strip() for cell in record])
    except csv.Error:
        return []
    return stripped


def cells_of_each(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The cells of each line by itself, whatever its quotes are."""
    records = []
    for line in lines:
        reader = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
        try:
            cells = next(reader, [])
        except csv.Error:
            cells = line.split(delimiter)
        records.append([cell.strip() for cell in cells])
    return records


def is_even(records: Sequence[Sequence[str]]) -> bool:
    """Whether every record has the same number of cells, at least two."""
    widths = {len(record) for record in records}
    return len(widths) == 1 and min(widths) > 1


def is_label(column: Sequence[str]) -> bool:
    """Whether a column's cells are few short names that come again and again."""
    counts = Counter(column)
    few = 1 < len(counts) <= MAX_LABELS and len(column) >= _ROWS_A_LABEL * len(counts)
    return few and all(
        name and len(name) <= _LABEL_CHARACTERS and len(name.split()) <= _LABEL_WORDS
        for name in counts
    )


def is_text(column: Sequence[str]) -> bool:
    """Whether a column's cells are mostly different, and of several words."""
    several = sum(
        len(cell.split()) >= _TEXT_WORDS or not cell.isascii() for cell in column
    )
    return several * 2 > len(column) and len(set(column)) * 2 > len(column)


def kind_of(column: Sequence[str]) -> str:
    """`label` or `text` for a column that looks like one, else empty."""
    if is_label(column):
        return "label"
    return "text" if is_text(column) else ""


def is_identifier(column: Sequence[str]) -> bool:
    """Whether no two cells are the same and none has several words, or all are one and the same."""
    distinct = len(set(column))
    single = all(len(cell.split()) <= 1 for cell in column)
    return distinct == 1 or (single and distinct == len(column))
