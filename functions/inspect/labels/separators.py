"""Several labels in one cell: what stands between them, by all the cells of a column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tasks import cells

Split = Callable[[str], list[str]]
ANGLES = "<>"
SPACE = " "
_TWO = 2
_MANY_CELLS = 3
_CODE = re.compile(r"[A-Za-z][\w-]*\.[\w.-]+|#\w+")
_PATHS = frozenset("/#")
"""Separators that also write the way down a tree: `sci/space`."""
_SEPARATORS = (";", "|", "\n", ",", "/", "#", "+")
NAMES = {
    ";": "semicolons",
    "|": "vertical bars",
    "\n": "line breaks",
    ",": "commas",
    "/": "slashes",
    "#": "'#'",
    "+": "plus signs",
    SPACE: "spaces",
    ANGLES: "angle brackets",
}


@dataclass(frozen=True)
class Separation:
    """`is_sure` where the labels of the cells with several stand alone elsewhere, or come in many combinations."""

    separator: str
    is_sure: bool
    stands_alone: bool = False
    """Whether every label of the cells with several stands alone in others."""
    example: str = ""


def splitting(separator: str) -> Split:
    """How cells are divided by a separator; `` leaves them as they are."""
    if not separator:
        return lambda text: [text]
    if separator == ANGLES:
        return lambda text: re.findall(r"<([^<>]+)>", text) or [text]
    if separator == SPACE:
        return str.split
    return lambda text: [
        label for item in text.split(separator) if (label := item.strip())
    ]


def separation_of(names: Iterable[str], *, is_plural: bool) -> Separation | None:
    """None where every cell holds one label. `is_plural`: the column's name is a plural, such as `tags`."""
    distinct = {*names}
    if distinct and all(
        name.startswith("<") and name.endswith(">") for name in distinct
    ):
        return Separation(ANGLES, is_sure=True, example=max(distinct, key=len))
    if distinct and all(
        _CODE.fullmatch(word) for name in distinct for word in name.split()
    ):
        return _separation(SPACE, distinct, is_plural=True)
    for separator in _SEPARATORS:
        if separation := _separation(separator, distinct, is_plural=is_plural):
            return separation
    return None


def _separation(
    separator: str, names: set[str], *, is_plural: bool
) -> Separation | None:
    split = splitting(separator)
    joined = {name: labels for name in names if len(labels := split(name)) >= _TWO}
    distinct = {label for several in joined.values() for label in several}
    if not joined or (separator in _PATHS and _are_numbers(distinct)):
        return None
    alone = distinct & names
    cells_of = _cells_of(joined)
    recurring = sum(len(cells_with) > 1 for cells_with in cells_of.values())
    combine = len(joined) >= _MANY_CELLS and recurring > len(distinct) / _TWO
    if separator in _PATHS and not alone and _is_tree(joined):
        return None
    if not alone and not combine:
        return None
    stands_alone = alone == distinct
    mostly_alone = len(alone) > len(distinct) / _TWO and len(alone) >= _TWO
    is_sure = (
        mostly_alone
        or (is_plural and bool(alone or combine))
        or (combine and bool(alone))
    )
    return Separation(
        separator,
        is_sure,
        stands_alone,
        min(joined, key=lambda name: (len(name), name)),
    )


def _cells_of(joined: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """Of each label the cells with several that hold it."""
    cells_of: dict[str, set[str]] = {}
    for name, labels in joined.items():
        for label in labels:
            cells_of.setdefault(label, set()).add(name)
    return cells_of


def _is_tree(joined: Mapping[str, list[str]]) -> bool:
    """Whether what recurs always stands in the first place."""
    first = {labels[0] for labels in joined.values()}
    return not first & {label for labels in joined.values() for label in labels[1:]}


def _are_numbers(labels: Iterable[str]) -> bool:
    return all(cells.number(label) is not None for label in labels)
