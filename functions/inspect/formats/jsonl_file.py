"""JSON Lines: one object a line. A row's number is its line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from contracts.problems import Problem
from functions.inspect.formats.base import Format, Numbered, Table, UnreadableError
from functions.inspect.formats.objects import as_row, clean, table_of
from functions.inspect.formats.text import Text
from tasks import Row

_EXPECTED = "one JSON object on the line"


def open_jsonl(stream: BinaryIO) -> Table:
    text = Text(stream)
    lines = text.lines()
    first = next(lines, "")
    if first.lstrip().startswith("["):
        remedy = "Rename it to .json, or write one object per line."
        raise UnreadableError(Problem(_EXPECTED, "a JSON array", remedy, row=1))
    return table_of(text, rows_of(chain([first], lines)))


def rows_of(lines: Iterable[str]) -> Iterator[Numbered]:
    """Each line that is not blank as a row, or what is wrong with it."""
    for number, line in enumerate(lines, start=1):
        if line and not line.isspace():
            yield number, _row(line)


def _row(line: str) -> Row | Problem:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        actual = f"broken JSON ({error.msg} at column {error.colno})"
        return Problem(_EXPECTED, actual, "Correct the line; strings and keys need double quotes.")
    except (RecursionError, ValueError) as error:
        actual = f"JSON that cannot be read ({str(error)[:60]})"
        return Problem(_EXPECTED, actual, "Simplify the line or delete it.")
    if "\\u" in line:
        value = clean(value)
    return as_row(value, _EXPECTED)


FORMAT = Format("JSON Lines", ("jsonl", "ndjson"), open_jsonl)
