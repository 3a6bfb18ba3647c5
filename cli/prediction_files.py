"""Files of `traindrop predict`: rows read as a batch reads them, and answers beside them as a batch writes them."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TextIO

from cli.errors import CommandError
from contracts.batch import BatchFormat
from functions.batch.results import (
    AnswerColumns,
    RowOutcome,
    cell_text,
    row_object,
    write_result,
)
from functions.batch.rows import BatchFileError, InputRow, InputTable, read_table
from functions.common.text import counted

STANDARD_INPUT = "-"
BATCH_ENDINGS = (".csv", ".tsv", ".jsonl", ".csv.gz", ".tsv.gz", ".jsonl.gz")
TEXT_ENDING = ".txt"
COMMA, TAB = ",", "\t"


@dataclass(frozen=True)
class InputFile:
    """A file with all its rows; those of `table` are taken."""

    name: str
    table: InputTable
    rows: Sequence[InputRow]


def require_ending(path: Path, endings: Sequence[str], more: str = "") -> None:
    """Raises `CommandError` also where there is no such file; `more` is added where its ending is another."""
    if not path.is_file():
        raise CommandError(f"expected a file of inputs; found no {str(path)!r}.")
    if not path.name.lower().endswith(tuple(endings)):
        raise CommandError(
            f"expected a file that ends in {', '.join(endings)}; found {path.name!r}. "
            f"{more or 'Save the inputs as one of these.'}"
        )


def read_inputs(path: Path) -> InputFile:
    """Raises `CommandError`. `-` is standard input, a text a line."""
    if str(path) == STANDARD_INPUT:
        return _texts("standard input", sys.stdin)
    require_ending(path, (*BATCH_ENDINGS, TEXT_ENDING))
    try:
        if path.suffix.lower() == TEXT_ENDING:
            with path.open(encoding="utf-8-sig") as lines:
                return _texts(str(path), lines)
        table = read_table(io.BytesIO(path.read_bytes()))
        return InputFile(str(path), table, list(table.rows))
    except BatchFileError as error:
        raise CommandError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise CommandError(
            f"expected {path} in UTF-8; found byte {error.start}, which is none. Save it as UTF-8."
        ) from error


def _texts(name: str, lines: TextIO) -> InputFile:
    texts = [line.rstrip("\r\n") for line in lines if line.strip()]
    rows = [InputRow(number, text) for number, text in enumerate(texts, start=1)]
    return InputFile(name, InputTable(BatchFormat.JSON_LINES, (), iter(())), rows)


# ---- answers -------------------------------------------------------------------------------------------------------


def write_answers(
    file: InputFile, outcomes: Iterable[RowOutcome], output: Path | None
) -> None:
    """By the output's ending; JSON Lines on standard output without one.

    Lines are written as the outcomes come. The columns of a table are those of all answers, so it is written at the
    end, also where an error ends the outcomes early: then with the rows that have one. Raises `CommandError`.
    """
    delimiter = _delimiter(file, output)
    with _opened(output) as target:
        if delimiter:
            _write_table(_as_csv(file, delimiter), outcomes, target)
        else:
            lines = InputTable(BatchFormat.JSON_LINES, (), iter(file.rows))
            write_result(lines, outcomes, AnswerColumns(()), target)


def _write_table(
    table: InputTable, outcomes: Iterable[RowOutcome], target: TextIO
) -> None:
    ended: list[RowOutcome] = []
    try:
        for outcome in outcomes:
            ended.append(outcome)
    finally:
        rows = islice(table.rows, len(ended))
        write_result(replace(table, rows=rows), ended, AnswerColumns(ended), target)


def _delimiter(file: InputFile, output: Path | None) -> str:
    """Of the table to be written; none for JSON Lines. Raises `CommandError`."""
    ending = output.suffix.lower() if output else ".jsonl"
    delimiters = {".csv": _csv_delimiter(file), ".tsv": TAB, ".jsonl": ""}
    if ending not in delimiters:
        raise CommandError(
            f"expected a file of answers that ends in .csv, .tsv or .jsonl; found {output and output.name!r}."
        )
    return delimiters[ending]


def _csv_delimiter(file: InputFile) -> str:
    """That of the rows, but for tabs: those are another ending's."""
    return COMMA if file.table.delimiter == TAB else file.table.delimiter


def _as_csv(file: InputFile, delimiter: str) -> InputTable:
    """The rows as a table: objects of JSON Lines by their fields."""
    if file.table.format is BatchFormat.CSV:
        return replace(file.table, rows=iter(file.rows), delimiter=delimiter)
    objects = [row_object(row) for row in file.rows]
    header = list(dict.fromkeys(name for item in objects for name in item))
    rows = []
    for row, item in zip(file.rows, objects, strict=True):
        cells = [cell_text(item.get(name)) for name in header]
        rows.append(replace(row, cells=cells))
    return InputTable(BatchFormat.CSV, header, iter(rows), delimiter)


def answers_sentence(answered: int, errors: int, output: Path) -> str:
    return f"{counted(answered, 'answer')} in {output}, {counted(errors, 'row')} without one"


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        yield file
