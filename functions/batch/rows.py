"""The rows of a batch's file: CSV with a header, or JSON Lines; also compressed with gzip. Read front to back."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from contracts.batch import BatchFormat

MAX_CELL_CHARACTERS = 8 * 2**20
_DELIMITERS = (",", ";", "\t", "|")
_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"PAR1": "Parquet",
    b"PK\x03\x04": "a zip archive or a workbook",
    b"ARROW1": "Arrow",
}
_HEAD_BYTES = 2**16


class BatchFileError(ValueError):
    """The file holds no rows that can be read. The text says what was expected, what was found and what to do."""


@dataclass(frozen=True)
class InputRow:
    """A row as it came; `number` counts from 1."""

    number: int
    value: Any
    """A JSON value; of CSV an object by the header. The line itself where it cannot be read."""
    problem: str = ""
    """Why it cannot be read."""
    cells: Sequence[str] = ()
    """Of CSV: as they came."""


@dataclass(frozen=True)
class InputTable:
    """A file's format and its rows, which can be taken once."""

    format: BatchFormat
    header: Sequence[str]
    """Of CSV."""
    rows: Iterator[InputRow]
    delimiter: str = ","


def read_table(stream: BinaryIO) -> InputTable:
    """Raises `BatchFileError`, also while the rows are taken."""
    text = _text(_unpacked(stream))
    first = _first_line(text)
    if first.lstrip()[:1] in {"{", "[", '"'} and _is_json_lines(first):
        return InputTable(BatchFormat.JSON_LINES, (), _json_rows(first, text))
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(_lines(first, text), delimiter=delimiter, strict=True)
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    header = [name.strip() for name in _next_cells(reader, 0) or ()]
    _require_names(header)
    rows = _csv_rows(reader, header)
    return InputTable(BatchFormat.CSV, header, rows, delimiter)


def _unpacked(stream: BinaryIO) -> BinaryIO:
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), _HEAD_BYTES)
    head = buffered.peek(8)
    if head.startswith(_GZIP):
        return cast(BinaryIO, io.BufferedReader(gzip.GzipFile(fileobj=buffered)))
    for beginning, name in _OTHERS.items():
        if head.startswith(beginning):
            raise BatchFileError(
                f"Expected CSV or JSON Lines; found {name}. Save the rows as CSV in UTF-8."
            )
    return cast(BinaryIO, buffered)


def _text(stream: BinaryIO) -> io.TextIOWrapper:
    head = cast(io.BufferedReader, stream).peek(2)[:2]
    is_utf16 = head in {b"\xff\xfe", b"\xfe\xff"}
    encoding = "utf-16" if is_utf16 else "utf-8-sig"
    return io.TextIOWrapper(stream, encoding, newline="")


def _first_line(text: io.TextIOWrapper) -> str:
    for line in _decoded(text):
        if line.strip():
            return line
    raise BatchFileError(
        "Expected CSV or JSON Lines with one row or more; found an empty file. Upload the rows again."
    )


def _decoded(text: Iterator[str]) -> Iterator[str]:
    """The lines. Raises `BatchFileError` where the bytes are no text."""
    try:
        # A `yield from` would close the file with this generator.
        for line in text:  # noqa: UP028
            yield line
    except UnicodeDecodeError as error:
        raise BatchFileError(
            f"Expected text in UTF-8; found bytes that are not ({error.reason}). Save the file as UTF-8."
        ) from error
    except (OSError, EOFError) as error:
        raise BatchFileError(
            f"Expected a whole gzip file; found one that cannot be unpacked ({error}). Upload it again."
        ) from error


def _lines(first: str, text: io.TextIOWrapper) -> Iterator[str]:
    yield first
    yield from _decoded(text)


def _is_json_lines(first: str) -> bool:
    """Whether the first line is JSON, and no quoted name of a CSV's only column.

    Raises `BatchFileError` for JSON that is not one value a line.
    """
    begins_as_text = first.lstrip()[:1] == '"'
    try:
        value = json.loads(first)
    except ValueError as error:
        if begins_as_text:
            return False
        raise BatchFileError(
            f"Expected JSON Lines, one JSON value a line; found a first line that is none ({error}). "
            "Write each row on a line of its own, without a list around them."
        ) from error
    return not (begins_as_text and value.isidentifier())


def _json_rows(first: str, text: io.TextIOWrapper) -> Iterator[InputRow]:
    number = 0
    for line in _lines(first, text):
        if not line.strip():
            continue
        number += 1
        try:
            yield InputRow(number, json.loads(line))
        except (ValueError, RecursionError) as error:
            problem = f"expected one JSON value; found a line that is none ({error})"
            yield InputRow(number, line.rstrip("\r\n"), problem)


def _next_cells(reader: Iterator[list[str]], number: int) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        raise BatchFileError(
            f"Expected CSV; found a row {number + 1} that cannot be read ({error}). "
            "Close its quotes, or save the file as CSV again."
        ) from error


def _csv_rows(reader: Iterator[list[str]], header: list[str]) -> Iterator[InputRow]:
    number = 0
    while (cells := _next_cells(reader, number)) is not None:
        if not cells:
            continue
        number += 1
        if len(cells) == len(header):
            value = dict(zip(header, cells, strict=True))
            yield InputRow(number, value, cells=cells)
        else:
            problem = (
                f"expected {len(header)} cells as in the header; found {len(cells)}. "
                "Put cells that hold the delimiter in quotes"
            )
            yield InputRow(number, cells, problem, cells)


def _require_names(header: list[str]) -> None:
    if "" in header or len(set(header)) < len(header):
        raise BatchFileError(
            f"Expected a header with a different name for each column; found {', '.join(header)}. "
            "Name the columns in the first line."
        )
