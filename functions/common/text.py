"""Words and values as messages show them: short, quoted, counted, and the name that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from os.path import commonprefix

VALUE_LIMIT_CHARACTERS = 80


def quoted(value: object, limit: int = VALUE_LIMIT_CHARACTERS) -> str:
    """A user's value as it may stand in a message: in quotes, cut."""
    text = str(value)
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def listed(values: Iterable[object], limit: int = 8) -> str:
    """`'a', 'b' and 3 more`."""
    items = [quoted(value, 40) for value in values]
    shown = ", ".join(items[:limit])
    return f"{shown} and {len(items) - limit} more" if len(items) > limit else shown


def counted(number: int, noun: str) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def nearest(name: str, names: list[str]) -> str | None:
    """The name that was probably meant, compared without regard to case."""
    by_lower = {candidate.lower(): candidate for candidate in names}
    matches = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return by_lower[matches[0]] if matches else None


def is_one_slip(name: str, right: str) -> bool:
    """Whether `name` is `right` with one letter added, left out or changed, or two neighbours swapped."""
    if name == right or abs(len(name) - len(right)) > 1:
        return False
    start = len(commonprefix([name, right]))  # noqa: RUF071 - words, not paths
    rest, right_rest = name[start:], right[start:]
    is_changed = rest[1:] == right_rest[1:]
    is_added = rest[1:] == right_rest
    is_left_out = rest == right_rest[1:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return is_changed or is_added or is_left_out or swapped == right_rest
