"""CSV: comma-separated, or whatever the header shows instead."""

from __future__ import annotations

import csv
import re
from itertools import chain
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.formats.base import Format, Table, UnreadableError
from functions.inspect.formats.delimited import Delimited, named
from functions.inspect.formats.text import Text

_DELIMITERS = ",;\t|"
_HINT = re.compile("sep=([,;\t|])", re.IGNORECASE)
"""A first line that some spreadsheets write."""


def open_csv(stream: BinaryIO) -> Table:
    text = Text(stream)
    lines = text.lines()
    first = next(lines, "")
    if first.lstrip().startswith(("{", "[{")):
        remedy = "Rename it to .jsonl (one object per line) or .json (an array of objects)."
        raise UnreadableError(Problem("a CSV header", f"JSON: {quoted(first.strip(), 40)}", remedy))
    hint = _HINT.fullmatch(first.strip())
    delimiter = hint[1] if hint else delimiter_of(first)
    notes = [] if delimiter == "," else [named(delimiter)]
    return Delimited(text, chain(["\n" if hint else first], lines), delimiter).table(notes)


def delimiter_of(header: str) -> str:
    """The delimiter that splits the header into most cells; the comma where none does better."""
    return max(_DELIMITERS, key=lambda delimiter: _cells(header, delimiter))


def _cells(header: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), []))
    except csv.Error:
        return 0


FORMAT = Format("CSV", ("csv",), open_csv)
