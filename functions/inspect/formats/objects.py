"""Rows that are JSON objects: the shared part of JSON Lines and JSON arrays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from contracts.problems import Problem
from functions.inspect.formats.base import SAMPLE, Numbered, Table
from functions.inspect.formats.text import Text, without_lone_surrogates
from tasks import Mapping, Row

_KINDS: dict[type, str] = {
    list: "an array",
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
        for number, row in chain(head, objects):
            if isinstance(row, Problem):
                yield number, row
            else:
                yield number, {name: row.get(column) for name, column in mapping.items()}

    return Table(tuple(columns), sample, rows, text.warnings, text.encoding)


def as_row(value: object, expected: str) -> Row | Problem:
    """A parsed value as a row with clean keys, or what is wrong with it."""
    if isinstance(value, dict):
        return {key.strip(): cell for key, cell in value.items()}
    kind = _KINDS.get(type(value), "a number")
    return Problem(expected, kind, 'Write each row as an object: {"column": value, …}.')


def clean(value: object) -> object:
    """A parsed value in which every string can be written as UTF-8."""
    if isinstance(value, str):
        return without_lone_surrogates(value)
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {without_lone_surrogates(key): clean(item) for key, item in value.items()}
    return value
