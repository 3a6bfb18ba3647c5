"""Lists of one label each: doccano writes its classes so, as do exports made for several labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from functions.inspect.exports.base import LeftOut, Reading, columns_of, values_of
from functions.inspect.exports.spans import are_single, one_or_several
from tasks import Row

UNLABELLED = LeftOut("without a label")
_NAMES = (
    "label",
    "labels",
    "category",
    "categories",
    "class",
    "classes",
    "intent",
    "topic",
)


def recognise(sample: Sequence[Row]) -> Reading | None:
    columns = [name for name in columns_of(sample) if name.lower() in _NAMES]
    if len(columns) != 1 or _has_other_lists(sample, columns[0]):
        return None
    column = columns[0]
    if not are_single(values_of(sample, column)):
        return None
    return one_label_each(column)


def one_label_each(column: str) -> Reading:
    def convert(row: Row) -> Row | LeftOut:
        labels = row.get(column)
        if not isinstance(labels, list):
            return row
        return row | {column: one_or_several(labels)} if labels else UNLABELLED

    note = (
        f"classes: each list in {column!r} holds one label; "
        "`task: text-classification/multi-label` in traindrop.yaml reads several"
    )
    return Reading(convert, note)


def labelled(text: object, names: list[Any], is_single: bool) -> Row | LeftOut:
    """A text with its labels; where no text has several, with its label, or left out where it has none."""
    if not is_single:
        return {"text": text, "labels": names}
    if not names:
        return UNLABELLED
    return {"text": text, "label": one_or_several(names)}


def _has_other_lists(sample: Sequence[Row], column: str) -> bool:
    """Whether there are words or the like beside the labels, which are then tags."""
    for row in sample:
        for name, value in row.items():
            if name != column and isinstance(value, list) and value:
                return True
    return False
