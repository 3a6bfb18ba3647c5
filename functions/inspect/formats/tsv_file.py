"""TSV: tab-separated. Many are written without quoting, so quotes mean something only where they do from the start."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import chain, islice
from typing import BinaryIO

from functions.inspect.formats.base import Format, Table
from functions.inspect.formats.delimited import (
    DELIMITERS,
    DelimitedText,
    delimiter_note,
)
from functions.inspect.formats.sniffing import cells_of, is_even
from functions.inspect.formats.text import Text

_HEAD = 200


def open_tsv(stream: BinaryIO) -> Table:
    text = Text(stream)
    lines = text.lines()
    head = list(islice(lines, _HEAD))
    if delimiter := _other_delimiter(head):
        notes = [f"{delimiter_note(delimiter)}, not by tabs"]
        return DelimitedText(text, chain(head, lines), delimiter).table(notes)
    quoting = has_quoting(head)
    notes = [] if quoting else ["quote characters are read as part of the text"]
    return DelimitedText(text, chain(head, lines), "\t", quoting).table(notes)


def _other_delimiter(head: Sequence[str]) -> str | None:
    """What separates the cells of a table without any tab; None where it may have one column only."""
    if any("\t" in line for line in head):
        return None
    for delimiter in DELIMITERS:
        if is_even(cells_of(head, delimiter)):
            return delimiter
    return None


def has_quoting(head: Sequence[str]) -> bool:
    """Whether the first lines can be read with quotes around cells; one cell may run past their end."""
    reader = csv.reader(head, delimiter="\t", strict=True)
    before = 0
    try:
        for _ in reader:
            before = reader.line_num
    except csv.Error as error:
        return (
            "end of data" in str(error) and len(head) == _HEAD and before > _HEAD // 2
        )
    return True


FORMAT = Format("TSV", ("tsv", "tab"), open_tsv)
