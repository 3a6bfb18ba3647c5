"""Rows that are JSON objects: the shared part of JSON Lines and JSON arrays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from contracts.problems import Problem
from functions.inspect.formats.base import SAMPLE, Numbered, Table, under_names
from functions.inspect.formats.text import Text
from tasks import Mapping, Row

_KINDS: dict[type, str] = {
    str: "a string",
    bool: "true or false",
    type(None): "null",
}


def table_of(text: Text, objects: Iterator[Numbered]) -> Table:
    """A table whose columns are the keys of its first objects, in order of appearance."""
    head = list(islice(objects, SAMPLE))
    sample: list[Row] = []
    columns: dict[str, None] = {}
    for _, row in head:
        if isinstance(row, dict):
            sample.append(row)
            columns.update(dict.fromkeys(row))

    def rows(mapping: Mapping) -> Iterator[Numbered]:
        return under_names(chain(head, objects), mapping)

    return Table(tuple(columns), sample, rows, text.warnings, text.encoding)


def as_row(value: object, expected: str) -> Row | Problem:
    """A parsed value as a row with clean keys, or what is wrong with it. A text with its annotations, as spaCy trains
    on, is a row too."""
    if isinstance(value, Problem):
        return value
    if isinstance(value, dict):
        return {key.strip(): cell for key, cell in value.items()}
    if isinstance(value, list) and [type(item) for item in value] == [str, dict]:
        text, annotations = value
        return {"text": text, **annotations}
    if isinstance(value, list):
        remedy = 'Write each row as an object, {"column": value, …}: with pandas, orient="records".'
        return Problem(expected, "an array, which names no columns", remedy)
    kind = _KINDS.get(type(value), "a number")
    return Problem(expected, kind, 'Write each row as an object: {"column": value, …}.')
