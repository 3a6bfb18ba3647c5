"""Rows that keep their text or their answer inside an object: `{"text": …, "meta": {"label": …}}`.

The inner values that bear a name of a task become columns with dotted names, `meta.label`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from functions.common.text import listed
from functions.inspect.exports.base import Reading, columns_of, values_of
from tasks import Row
from tasks.base import plain

_TEXT_NAMES = ["text", "sentence", "review", "content", "message", "body", "document"]
_CLASS_NAMES = [
    "label",
    "class",
    "category",
    "sentiment",
    "intent",
    "topic",
    "target",
    "emotion",
]
_OTHER_NAMES = ["labels", "categories", "tags", "rating", "stars", "score"]
_NAMES = frozenset([*_TEXT_NAMES, *_CLASS_NAMES, *_OTHER_NAMES])
_STRUCTURED = frozenset(["answer", "answers", "translation"])
"""Columns whose objects a task reads whole."""


def recognise(sample: Sequence[Row]) -> Reading | None:
    outer = columns_of(sample)
    paths = {}
    for column in sorted(outer):
        for key in sorted(_inner_names(sample, column)):
            paths[f"{column}.{key}"] = (column, key)
    names = [name for name in paths if name not in outer]
    if not names:
        return None

    def convert(row: Row) -> Row:
        converted = dict(row)
        for name in names:
            value = _value(row, *paths[name])
            if value is not None:
                converted[name] = value
        return converted

    return Reading(convert, f"objects: {listed(names)} as columns of their own")


def _inner_names(sample: Sequence[Row], column: str) -> Iterator[str]:
    """The keys of a column's objects that may be a text or an answer; none where it holds anything else."""
    values = values_of(sample, column)
    objects = [value for value in values if isinstance(value, dict)]
    if plain(column) in _STRUCTURED or len(objects) < len(values):
        return
    for key in columns_of(objects):
        cells = values_of(objects, key)
        if plain(key) in _NAMES and cells and all(map(_is_plain, cells)):
            yield key


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _value(row: Row, column: str, key: str) -> object:
    inner = row.get(column)
    return inner.get(key) if isinstance(inner, dict) else None
