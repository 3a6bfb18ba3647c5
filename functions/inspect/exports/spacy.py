"""spaCy's training data: a text with `entities`, or with `cats`, a number for each class."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from functions.inspect.exports.base import LeftOut, Reading, columns_of, values_of
from functions.inspect.exports.label_lists import labelled
from tasks import Row

_HALF = 0.5


def recognise(sample: Sequence[Row]) -> Reading | None:
    cats = values_of(sample, "cats")
    if "text" not in columns_of(sample) or not cats or not all(map(_are_scores, cats)):
        return None
    is_single = all(len(_chosen(value)) <= 1 for value in cats)
    return Reading(_convert(is_single), "training data of spaCy: the classes in 'cats'")


def _are_scores(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(score, int | float) for score in value.values()
    )


def _chosen(cats: object) -> list[str]:
    scores = cats.items() if isinstance(cats, dict) else ()
    return [name for name, score in scores if score > _HALF]


def _convert(is_single: bool) -> Callable[[Row], Row | LeftOut]:
    def convert(row: Row) -> Row | LeftOut:
        names = _chosen(row.get("cats"))
        return labelled(row.get("text"), names, is_single)

    return convert
