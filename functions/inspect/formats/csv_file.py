"""CSV: comma-separated, or whatever the header shows instead."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import partial
from itertools import chain, islice
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.formats.base import Format, Table, UnreadableError
from functions.inspect.formats.delimited import (
    DELIMITERS,
    DelimitedText,
    delimiter_note,
)
from functions.inspect.formats.text import Text

_RARE_DELIMITERS = "^~\x01"
"""Tried where a header has no usual one."""
_CHECKED_LINES = 20
_HINT = re.compile("sep=([,;\t|])", re.IGNORECASE)
"""A first line that some spreadsheets write."""


def open_csv(stream: BinaryIO) -> Table:
    text = Text(stream)
    lines = text.lines()
    first = next(lines, "")
    if first.lstrip().startswith(("{", "[{")):
        remedy = (
            "Rename it to .jsonl (one object per line) or .json (an array of objects)."
        )
        raise UnreadableError(
            Problem("a CSV header", f"JSON: {quoted(first.strip(), 40)}", remedy)
        )
    hint = _HINT.fullmatch(first.strip())
    below = list(islice(lines, _CHECKED_LINES))
    delimiter = hint[1] if hint else delimiter_of(first, below)
    notes = [] if delimiter == "," else [delimiter_note(delimiter)]
    first_record = "\n" if hint else first
    return DelimitedText(text, chain([first_record], below, lines), delimiter).table(
        notes
    )


def delimiter_of(header: str, below: Sequence[str] = ()) -> str:
    """The delimiter that splits the header into most cells; the comma where none does better.

    A rare one is taken only if it splits every line `below` the header into as many cells.
    """
    best = max(DELIMITERS, key=partial(_cell_count, header))
    if _cell_count(header, best) > 1:
        return best
    for delimiter in _RARE_DELIMITERS:
        width = _cell_count(header, delimiter)
        if (
            width > 1
            and below
            and all(_cell_count(line, delimiter) == width for line in below)
        ):
            return delimiter
    return best


def _cell_count(header: str, delimiter: str) -> int:
    reader = csv.reader([header], delimiter=delimiter, skipinitialspace=True)
    try:
        cells = next(reader, [])
        return len(cells)
    except csv.Error:
        return 0


FORMAT = Format("CSV", ("csv",), open_csv)
