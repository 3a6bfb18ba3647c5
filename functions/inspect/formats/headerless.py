"""Tables of text without a header line, whose columns are recognised by their cells: one of texts and one of labels.

A row's number is its line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from contracts.problems import Choice, Problem
from functions.common.text import quoted
from functions.inspect.common.yaml_text import settings_text
from functions.inspect.formats.base import Numbered, Table, read_ahead
from functions.inspect.formats.delimited import delimiter_note
from functions.inspect.formats.sniffing import (
    cells_of,
    is_even,
    is_identifier,
    is_label,
    is_text,
    kind_of,
)
from functions.inspect.formats.text import Text
from tasks import Row

_DELIMITERS = "\t;|,"
_MIN_ROWS = 4
_LICENCE = re.compile(r"CC[- ]BY\b|tatoeba", re.IGNORECASE)
"""What the third column of the sentence pairs of Tatoeba and Anki names."""


@dataclass(frozen=True)
class Arrangement:
    """How the lines are separated, and what each column is called."""

    delimiter: str
    names: tuple[str, ...]
    question: Problem | None = None
    """Asked where the columns can be read in more than one way."""

    def cells(self, line: str) -> list[str]:
        """A line's cells; a text of two columns may hold the delimiter, as a label does not."""
        if self.delimiter == "\t" or len(self.names) != 2:
            return [cell.strip() for cell in line.split(self.delimiter)]
        if self.names[0] == "text":
            return [cell.strip() for cell in line.rsplit(self.delimiter, 1)]
        return [cell.strip() for cell in line.split(self.delimiter, 1)]


def arrangement_of(lines: Sequence[str]) -> Arrangement | None:
    """The columns of the lines, or None where they are no table."""
    written = [line for line in lines if line.strip()]
    if len(written) < _MIN_ROWS:
        return None
    for delimiter in _DELIMITERS:
        if arrangement := _separated_by(delimiter, written):
            return arrangement
    return None


def _separated_by(delimiter: str, lines: Sequence[str]) -> Arrangement | None:
    if delimiter != "\t":
        return _text_and_label(delimiter, lines)
    records = _whole(cells_of(lines, delimiter, quoting=False))
    if not is_even(records) or not all(map(all, records)):
        return None
    columns = list(zip(*records, strict=True))
    if len(columns) == 3 and all(map(_LICENCE.search, columns[2])):
        return Arrangement(delimiter, ("source", "target", "attribution"))
    return _named(delimiter, columns) or _question(delimiter, records)


def _text_and_label(delimiter: str, lines: Sequence[str]) -> Arrangement | None:
    """Two columns with a label at either end; the text may hold the delimiter."""
    lines, every = [line for line in lines if delimiter in line], lines
    if not _are_nearly_all(lines, every):
        return None
    for names in (("text", "label"), ("label", "text")):
        arrangement = Arrangement(delimiter, names)
        rows = [
            dict(zip(names, arrangement.cells(line), strict=True)) for line in lines
        ]
        labels, texts = [row["label"] for row in rows], [row["text"] for row in rows]
        if is_label(labels) and is_text(texts):
            return arrangement
    return None


def _whole(records: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """The records without the few that have other than the usual number of cells, such as a last one that is cut."""
    widths = Counter(map(len, records))
    width = max(widths, key=widths.__getitem__, default=0)
    whole = [record for record in records if len(record) == width]
    return whole if _are_nearly_all(whole, records) else records


def _are_nearly_all(some: Sequence[object], every: Sequence[object]) -> bool:
    """Whether those missing can be rows that are broken: no more than one in ten, or one."""
    return len(every) - len(some) <= max(1, len(every) // 10)


def _named(delimiter: str, columns: Sequence[Sequence[str]]) -> Arrangement | None:
    """One column of texts, one of labels, and else none but numbers of rows."""
    names: list[str] = []
    for index, column in enumerate(columns, start=1):
        is_number = is_identifier(column)
        kind = kind_of(column)
        if not kind and not is_number:
            return None
        names.append(kind or f"column {index}")
    if names.count("text") != 1 or names.count("label") != 1:
        return None
    return Arrangement(delimiter, tuple(names))


def _question(delimiter: str, records: Sequence[Sequence[str]]) -> Arrangement:
    names = tuple(f"column {index}" for index in range(1, len(records[0]) + 1))
    first = " | ".join(quoted(cell, 20) for cell in records[0][:4])
    problem = Problem(
        "a header line that names the columns",
        f"{len(names)} columns separated by tabs, without names: {first}",
        "Add a first line with the names, or say in traindrop.yaml what the columns are.",
        choices=_choices(names) if len(names) == 2 else (),
    )
    return Arrangement(delimiter, names, problem)


def _choices(names: tuple[str, ...]) -> tuple[Choice, ...]:
    first, second = names
    return (
        Choice(
            "translates the first column into the second",
            settings_text("translation", columns={"source": first, "target": second}),
        ),
        Choice(
            "translates the second column into the first",
            settings_text("translation", columns={"source": second, "target": first}),
        ),
        Choice(
            "writes the second column for the first as prompt",
            settings_text(
                "text-generation", columns={"prompt": first, "completion": second}
            ),
        ),
    )


def open_headerless(stream: BinaryIO, arrangement: Arrangement) -> Table:
    text = Text(stream)
    numbered = _rows_of(text, arrangement)
    sample, rows = read_ahead(numbered)

    columns = ", ".join(arrangement.names)
    notes = [
        f"{delimiter_note(arrangement.delimiter)}, and without a header read as {columns}"
    ]
    return Table(
        arrangement.names,
        sample,
        rows,
        text.warnings,
        text.encoding,
        notes,
        question=arrangement.question,
    )


def _rows_of(text: Text, arrangement: Arrangement) -> Iterator[Numbered]:
    for number, line in enumerate(text.lines(), start=1):
        if not line.isspace():
            yield number, _row(line, arrangement)


def _row(line: str, arrangement: Arrangement) -> Row | Problem:
    cells = arrangement.cells(line)
    width = len(arrangement.names)
    if len(cells) != width:
        actual = f"{len(cells)} in {quoted(line.strip(), 40)}"
        remedy = "Correct the line or delete it."
        return Problem(f"{width} cells, as in the first lines", actual, remedy)
    return dict(zip(arrangement.names, cells, strict=True))
