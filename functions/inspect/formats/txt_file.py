"""Plain text: one row a line, under the column `text`. A row's number is its line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO

from functions.inspect.formats.base import SAMPLE, Format, Numbered, Table
from functions.inspect.formats.text import Text
from tasks import Mapping, Row

_COLUMN = "text"


def open_txt(stream: BinaryIO) -> Table:
    text = Text(stream)
    lines = _rows_of(text)
    head = list(islice(lines, SAMPLE))
    sample = [row for _, row in head]

    def rows(mapping: Mapping) -> Iterator[Numbered]:
        for number, row in chain(head, lines):
            canonical = {name: row[column] for name, column in mapping.items()}
            yield number, canonical

    return Table((_COLUMN,), sample, rows, text.warnings, text.encoding)


def _rows_of(text: Text) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(text.lines(), start=1):
        if not line.isspace():
            content = line.rstrip("\r\n")
            yield number, {_COLUMN: content}


FORMAT = Format("Plain text", ("txt", "text"), open_txt, is_suggested=False)
