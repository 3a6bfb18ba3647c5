"""TSV: tab-separated. Many are written without quoting, so quotes mean something only where they do from the start."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import chain, islice
from typing import BinaryIO

from functions.inspect.formats.base import Format, Table
from functions.inspect.formats.delimited import DelimitedText
from functions.inspect.formats.text import Text

_HEAD = 200


def open_tsv(stream: BinaryIO) -> Table:
    text = Text(stream)
    lines = text.lines()
    head = list(islice(lines, _HEAD))
    quoting = has_quoting(head)
    notes = [] if quoting else ["quote characters are read as part of the text"]
    return DelimitedText(text, chain(head, lines), "\t", quoting).table(notes)


def has_quoting(head: Sequence[str]) -> bool:
    """Whether the first lines can be read with quotes around cells; one cell may run past their end."""
    reader = csv.reader(head, delimiter="\t", strict=True)
    before = 0
    try:
        for _ in reader:
            before = reader.line_num
    except csv.Error as error:
        return "end of data" in str(error) and len(head) == _HEAD and before > _HEAD // 2
    return True


FORMAT = Format("TSV", ("tsv", "tab"), open_tsv)
