"""Plain text. Where its first lines are a table or JSON, it is read as that; else a row is a line, under `text`.

A row's number is its line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO

from functions.inspect.formats.base import SAMPLE, Format, Numbered, Table
from functions.inspect.formats.csv_file import open_csv
from functions.inspect.formats.delimited import DELIMITERS
from functions.inspect.formats.headerless import arrangement_of, open_headerless
from functions.inspect.formats.json_file import open_json
from functions.inspect.formats.sniffing import (
    cells_of,
    cells_of_each,
    head_lines,
    is_even,
)
from functions.inspect.formats.text import Text
from functions.inspect.formats.tsv_file import has_quoting, open_tsv
from tasks import Mapping, Row, every_variant

_COLUMN = "text"


def open_txt(stream: BinaryIO) -> Table:
    lines = [line for line in head_lines(stream) if line.strip()]
    if _is_json_lines(lines):
        return open_json(stream)
    if lines and lines[0].lstrip().startswith("[") and _is_array("\n".join(lines)):
        return open_json(stream)
    if lines and (delimiter := _header_delimiter(lines)):
        return open_tsv(stream) if delimiter == "\t" else open_csv(stream)
    if arrangement := arrangement_of(lines):
        return open_headerless(stream, arrangement)
    return _open_lines(stream)


def _is_json_lines(lines: Sequence[str]) -> bool:
    """Whether the first line is an object: what is no JSON below it is a broken row, not a text."""
    try:
        return bool(lines) and isinstance(json.loads(lines[0]), dict)
    except (ValueError, RecursionError):
        return False


def _is_array(text: str) -> bool:
    """Whether a text begins with an array of objects."""
    content = text.lstrip()[1:].lstrip()
    if not content.startswith("{"):
        return False
    try:
        json.JSONDecoder().raw_decode(content)
    except ValueError:
        return False
    return True


def _header_delimiter(lines: Sequence[str]) -> str | None:
    """What separates a first line of column names, where the lines below have as many cells, but for broken ones."""
    for delimiter in DELIMITERS:
        quoting = delimiter != "\t" or has_quoting([f"{line}\n" for line in lines])
        records = cells_of(lines, delimiter, quoting)
        if len(records) > 1 and is_even(records) and _is_header(records[0]):
            return delimiter
    for delimiter in DELIMITERS:
        header, *below = cells_of_each(lines, delimiter)
        if _is_header(header) and _are_mostly_as_wide(below, len(header)):
            return delimiter
    return None


def _are_mostly_as_wide(records: Sequence[Sequence[str]], width: int) -> bool:
    whole = sum(len(record) == width for record in records)
    return whole > 0 and whole * 2 >= len(records)


def _is_header(names: Sequence[str]) -> bool:
    """Whether all names are different and not empty, and two of them name columns of tasks."""
    matches = sum(_is_column_name(name) for name in names)
    return all(names) and len({*names}) == len(names) and matches > 1


def _is_column_name(name: str) -> bool:
    return any(
        column.accepts(name) for task in every_variant() for column in task.columns
    )


def _open_lines(stream: BinaryIO) -> Table:
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


FORMAT = Format("Plain text", ("txt", "text", "data", ""), open_txt, is_suggested=False)
