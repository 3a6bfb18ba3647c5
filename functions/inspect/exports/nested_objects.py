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
_CLASS_NAMES = ["label", "class", "category", "sentiment", "intent", "topic", "target", "emotion"]
_OTHER_NAMES = ["labels", "categories", "tags", "rating", "stars", "score"]
_NAMES = frozenset([*_TEXT_NAMES, *_CLASS_NAMES, *_OTHER_NAMES])
_STRUCTURED = frozenset(["answer", "answers", "translation"])
"""Columns whose objects a task reads whole."""


def recognise(sample: Sequence[Row]) -> Reading | None:
    outer = columns_of(sample)
    inner = [path for column in outer for path in _paths(sample, column)]
    paths = sorted(path for path in inner if ".".join(path) not in outer)
    if not paths:
        return None

    def convert(row: Row) -> Row:
        values = {".".join(path): _value(row, path) for path in paths}
        return row | {name: value for name, value in values.items() if value is not None}

    names = [".".join(path) for path in paths]
    return Reading(convert, f"objects: {listed(names)} as columns of their own")


def _paths(sample: Sequence[Row], column: str) -> Iterator[tuple[str, str]]:
    """The column with each key of its objects that may be a text or an answer; none where it holds anything else."""
    values = [] if plain(column) in _STRUCTURED else values_of(sample, column)
    objects = [value for value in values if isinstance(value, dict)]
    if not objects or len(objects) < len(values):
        return
    for key in dict.fromkeys(name for value in objects for name in value):
        cells = values_of(objects, key)
        if plain(key) in _NAMES and cells and all(map(_is_plain, cells)):
            yield column, key


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _value(row: Row, path: tuple[str, str]) -> object:
    column, key = path
    inner = row.get(column)
    return inner.get(key) if isinstance(inner, dict) else None
