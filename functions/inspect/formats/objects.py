"""Rows that are JSON objects: the shared part of JSON Lines and JSON arrays."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from contracts.problems import Problem
from functions.inspect.formats.base import SAMPLE, Numbered, Table
from functions.inspect.formats.text import Text, without_lone_surrogates
from tasks import Mapping


def table_of(text: Text, objects: Iterator[Numbered]) -> Table:
    """A table whose columns are the keys of its first objects, in order of appearance."""
    head = list(islice(objects, SAMPLE))
    sample = [row for _, row in head if isinstance(row, dict)]
    columns = tuple(dict.fromkeys(key for row in sample for key in row))

    def rows(mapping: Mapping) -> Iterator[Numbered]:
        for number, row in chain(head, objects):
            yield number, row if isinstance(row, Problem) else _select(row, mapping)

    return Table(columns, sample, rows, text.warnings, text.encoding)


def _select(row: dict[str, Any], mapping: Mapping) -> dict[str, Any]:
    return {name: row.get(column) for name, column in mapping.items()}


def as_row(value: object, expected: str) -> dict[str, Any] | Problem:
    """A parsed value as a row with clean keys, or what is wrong with it."""
    if isinstance(value, dict):
        return {key.strip(): cell for key, cell in value.items()}
    kind = {list: "an array", str: "a string", bool: "true or false", type(None): "null"}.get(type(value), "a number")
    return Problem(expected, kind, 'Write each row as an object: {"column": value, …}.')


def clean(value: Any) -> Any:
    """A parsed value in which every string can be written as UTF-8."""
    if isinstance(value, str):
        return without_lone_surrogates(value)
    if isinstance(value, dict):
        return {clean(key): clean(part) for key, part in value.items()}
    return [clean(part) for part in value] if isinstance(value, list) else value
