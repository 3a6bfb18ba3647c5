"""The list of tools whose exports are read: a new one is one module beside this one and one line here.

An export is recognised by its records, in whatever format it was written, and read as plain columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain

from contracts.problems import Problem
from functions.common.text import counted
from functions.inspect.exports import (
    boolq,
    chats,
    doccano,
    ground_truth,
    label_lists,
    label_studio,
    nested_objects,
    preferences,
    prodigy,
    rasa,
    spacy,
    vertex,
)
from functions.inspect.exports.base import LeftOut, Reading, Recognise
from functions.inspect.formats.base import (
    SAMPLE,
    Numbered,
    Table,
    UnreadableError,
    under_names,
)
from tasks import Mapping, Row

__all__ = [
    "EXPORTS",
    "LeftOut",
    "Reading",
    "Recognise",
    "converted",
    "with_plain_columns",
]

EXPORTS: tuple[Recognise, ...] = (
    label_studio.recognise,
    label_studio.recognise_minimal,
    prodigy.recognise,
    ground_truth.recognise,
    vertex.recognise,
    rasa.recognise,
    boolq.recognise,
    spacy.recognise,
    doccano.recognise,
    preferences.recognise,
    preferences.recognise_judged,
    chats.recognise_history,
    chats.recognise_two_lists,
    chats.recognise_weights,
    label_lists.recognise,
    nested_objects.recognise,
)


def with_plain_columns(table: Table, kept: Iterable[str] = ()) -> Table:
    """The table as it is, or the rows of the tool's export that it holds. Raises `UnreadableError`.

    `kept` are columns that the settings name: they stay, whatever the export is read as.
    """
    for recognise in EXPORTS:
        if reading := recognise(table.sample):
            return converted(table, reading, {*kept} & {*table.columns})
    return table


def converted(table: Table, reading: Reading, kept: set[str]) -> Table:
    """The table as `reading` converts its records; `kept` columns stay beside."""
    left_out: Counter[str] = Counter()
    stream = _rows(table, reading, kept, left_out)
    head: list[Numbered] = []
    sample: list[Row] = []
    for number, row in stream:
        head.append((number, row))
        sample += [row] if isinstance(row, dict) else []
        if len(sample) == SAMPLE:
            break
    if left_out and not head:
        raise UnreadableError(
            Problem("rows to learn from", f"only {_listed(left_out)}", _ANNOTATE)
        )

    def rows(mapping: Mapping) -> Iterator[Numbered]:
        return under_names(chain(head, stream), mapping)

    def warnings() -> list[str]:
        return table.warnings() + (
            [f"left out {_listed(left_out)}"] if left_out else []
        )

    columns = dict.fromkeys(name for row in sample for name in row)
    notes = [*table.notes, f"read as {reading.note}"]
    return Table(
        tuple(columns) or table.columns, sample, rows, warnings, table.encoding, notes
    )


_ANNOTATE = "Annotate some texts, or export them with their annotations."


def _rows(
    table: Table, reading: Reading, kept: set[str], left_out: Counter[str]
) -> Iterator[Numbered]:
    every_column = {name: name for name in table.columns}
    for number, record in table.rows(every_column):
        row = record if isinstance(record, Problem) else reading.convert(record)
        if isinstance(row, LeftOut):
            left_out[row.reason] += 1
        elif isinstance(row, Problem) or isinstance(record, Problem):
            yield number, row
        else:
            yield number, {name: record[name] for name in kept - row.keys()} | row


def _listed(left_out: Counter[str]) -> str:
    """`3 rows that the annotator rejected and 1 row without an annotation`."""
    counts = [f"{counted(rows, 'row')} {reason}" for reason, rows in left_out.items()]
    return " and ".join(counts)
