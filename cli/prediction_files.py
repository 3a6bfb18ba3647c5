"""Files of inputs and files of answers for `traindrop predict`: tables, JSON lines, or a text a line."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from cli.errors import CommandError
from traindrop import ModelPage

DELIMITERS: Mapping[str, str] = {".csv": ",", ".tsv": "\t"}
ENDINGS = ".csv, .tsv, .jsonl or .txt"
TEXT_COLUMNS = ("text", "inputs")
"""Taken of a table where neither the model nor the user names another."""
LARGEST_CELL = 2**27

Fields = str | Mapping[str, str]
"""The column that holds the input; or of inputs with several fields the column of each."""


@dataclass(frozen=True)
class InputRow:
    """What is sent for one row; `source` are the row's own columns, empty of a line that has none."""

    inputs: Any
    source: Mapping[str, str]


def input_fields(page: ModelPage, column: str) -> Fields:
    """Which columns of a table a model is called with: those it was trained on, or the one that the user names."""
    example = page.example.body if page.example else None
    inputs = example.get("inputs") if isinstance(example, Mapping) else None
    columns: dict[str, str] = dict(page.data.columns or {})
    if isinstance(inputs, Mapping):
        names = [str(name) for name in inputs]
        return {name: columns.get(name, name) for name in names}
    return column or next(iter(columns.values()), "")


def read_inputs(path: Path, fields: Fields) -> list[InputRow]:
    """Raises `CommandError`. `-` is standard input, a text a line."""
    if str(path) == "-":
        return _texts(sys.stdin)
    if not path.is_file():
        raise CommandError(f"expected a file of inputs; found no {str(path)!r}.")
    ending = path.suffix.lower()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if ending in DELIMITERS:
                return _table(path, file, DELIMITERS[ending], fields)
            if ending == ".jsonl":
                return _json_lines(path, file)
            if ending == ".txt":
                return _texts(file)
    except UnicodeDecodeError as error:
        raise CommandError(
            f"expected {path} in UTF-8; found byte {error.start}, which is none. Save it as UTF-8."
        ) from error
    raise CommandError(
        f"expected a file that ends in {ENDINGS}; found {path.name!r}. Save the inputs as one of these."
    )


def _texts(lines: TextIO) -> list[InputRow]:
    stripped = (line.rstrip("\r\n") for line in lines)
    return [InputRow(line, {}) for line in stripped if line.strip()]


def _json_lines(path: Path, lines: TextIO) -> list[InputRow]:
    """An object with `inputs` is a request's; any other value is an input itself."""
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise CommandError(
                f"{path}, line {number}: expected JSON; found {line.strip()[:60]!r} ({error})."
            ) from error
        is_request = isinstance(value, dict) and "inputs" in value
        rows.append(InputRow(value["inputs"] if is_request else value, {}))
    return rows


def _table(path: Path, file: TextIO, delimiter: str, fields: Fields) -> list[InputRow]:
    csv.field_size_limit(LARGEST_CELL)
    table = csv.DictReader(file, delimiter=delimiter, strict=True)
    header = list(table.fieldnames or ())
    read = _reader(path, header, fields)
    rows = []
    try:
        for row in table:
            cells = {name: row.get(name) or "" for name in header}
            rows.append(InputRow(read(cells), cells))
    except csv.Error as error:
        raise CommandError(
            f"{path}, line {table.line_num}: expected a row of the table; found none that can be read ({error})."
        ) from error
    return rows


def _reader(
    path: Path, header: Sequence[str], fields: Fields
) -> Callable[[Mapping[str, str]], Any]:
    """From a row's cells to its input."""
    columns = ", ".join(repr(name) for name in header) or "none"
    if not isinstance(fields, str):
        missing = [name for name in fields.values() if name not in header]
        if missing:
            raise CommandError(
                f"{path}: expected a column {missing[0]!r}; found {columns}. Rename it as in the model's data."
            )
        return lambda cells: {name: cells[column] for name, column in fields.items()}
    if len(header) == 1 and fields not in header:
        # A single column can only be the one.
        return lambda cells: cells[header[0]]
    chosen = next((name for name in (fields, *TEXT_COLUMNS) if name in header), None)
    if chosen is None:
        raise CommandError(
            f"{path}: expected a column {fields or 'text'!r}; found {columns}. Say which with --column."
        )
    return lambda cells: cells[chosen]


# ---- answers -------------------------------------------------------------------------------------------------------


class AnswerWriter:
    """Writes answers as they come, in the order of the inputs."""

    def __init__(self, file: TextIO, *, delimiter: str = "") -> None:
        self._file, self._delimiter = file, delimiter
        self._table: Any = None
        self.count = 0

    def write(self, row: InputRow, answer: Any) -> None:
        if self._delimiter:
            self._write_row(row, answer)
        else:
            line = {"inputs": row.inputs, "answer": answer}
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.count += 1

    def _write_row(self, row: InputRow, answer: Any) -> None:
        source = row.source or {"inputs": _cell(row.inputs)}
        cells = answer_cells(answer)
        # A column of the table keeps its name and its place; an answer of the same name stands behind it.
        added = {
            f"predicted_{name}" if name in source else name: text
            for name, text in cells.items()
        }
        if self._table is None:
            names = [*source, *added]
            self._table = csv.DictWriter(
                self._file, names, delimiter=self._delimiter, extrasaction="ignore"
            )
            self._table.writeheader()
        self._table.writerow({**source, **added})


def answer_cells(answer: Any) -> dict[str, str]:
    """An answer as cells of a table: the fields of the best one of a list; anything else as JSON."""
    is_list = isinstance(answer, list) and answer
    best = answer[0] if is_list and len(answer) == 1 else answer
    if isinstance(best, dict) and not any(
        isinstance(value, list | dict) for value in best.values()
    ):
        return {name: _cell(value) for name, value in best.items()}
    return {"answer": _cell(answer)}


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@contextmanager
def answer_writer(path: Path | None) -> Iterator[AnswerWriter]:
    """By the file's ending; JSON lines on standard output without one. Raises `CommandError`."""
    if path is None:
        yield AnswerWriter(sys.stdout)
        sys.stdout.flush()
        return
    ending = path.suffix.lower()
    if ending not in {*DELIMITERS, ".jsonl"}:
        raise CommandError(
            f"expected a file of answers that ends in .csv, .tsv or .jsonl; found {path.name!r}."
        )
    with path.open("w", encoding="utf-8", newline="") as file:
        yield AnswerWriter(file, delimiter=DELIMITERS.get(ending, ""))
