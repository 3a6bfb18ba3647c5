"""Labels that stand for none: what programs write into a cell without a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tasks import cells

_EMPTY = frozenset(
    [
        "",
        "nan",
        "-nan",
        "<na>",
        "#n/a",
        "#na",
        "n/a",
        "null",
        "nat",
        "\\n",
        "#value!",
        "#ref!",
    ]
)
_MARKS = frozenset(["-", "--", "?"])
_NO_CLASS = "-1"
_CODE_CHARACTERS = 3
_TWO = 2


@dataclass(frozen=True)
class MissingLabels:
    """`empty` are no labels; `doubtful` may be labels or none; `kept` are labels that might be taken for none."""

    empty: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


def missing_labels(labels: Iterable[str]) -> MissingLabels:
    """Of all labels of a drop, by what the others are."""
    names = {*labels}
    empty = {name for name in names if name.lower() in _EMPTY}
    others = names - empty
    if all(map(_is_word, others - _MARKS - {_NO_CLASS})):
        empty |= others & _MARKS
    if _numbers_no_class(others - _MARKS):
        empty.add(_NO_CLASS)
    doubtful, kept = set[str](), set[str]()
    for name in names - empty:
        if name.lower() in ("none", "na"):
            rest = names - empty - {name}
            kinds = {"empty": empty, "doubtful": doubtful, "label": kept}
            kinds[_kind(name, rest, is_beside_empty=bool(empty - {""}))].add(name)
    return MissingLabels(frozenset(empty), frozenset(doubtful), frozenset(kept))


def could_stand_for_none(name: str) -> bool:
    return name.lower() in _EMPTY | {
        "none",
        "na",
        "unlabeled",
        "unlabelled",
    } or name in _MARKS | {_NO_CLASS}


def _is_word(name: str) -> bool:
    """Whether a label is a word or a number rather than a mark such as `+`."""
    return any(character.isalnum() for character in name)


def _numbers_no_class(names: set[str]) -> bool:
    """Whether -1 stands beside names, or beside the numbers of three classes or more, from 0."""
    rest = names - {_NO_CLASS}
    if _NO_CLASS not in names or any(name.startswith("-") for name in rest):
        return False
    numbers = {name for name in rest if name.isascii() and name.isdigit()}
    return not numbers or (numbers == rest and len(rest) > _TWO and "0" in rest)


def _kind(name: str, others: set[str], *, is_beside_empty: bool) -> str:
    """`None` and `NA` are labels beside others that are written alike: `none` beside `hate`, `NA` beside `DE`."""
    if is_beside_empty or all(cells.number(other) is not None for other in others):
        return "empty"
    alike = sum(_style(other) == _style(name) for other in others)
    if name.lower() == "na" and not all(
        len(other) <= _CODE_CHARACTERS for other in others
    ):
        return "doubtful" if alike > len(others) / _TWO else "empty"
    return "label" if alike > len(others) / _TWO else "doubtful"


def _style(name: str) -> str:
    if name.isupper():
        return "upper"
    return "title" if name[:1].isupper() else "lower"


def rows_of(names: Iterable[str], counts: Mapping[str, int]) -> int:
    return sum(counts[name] for name in names if name in counts)
