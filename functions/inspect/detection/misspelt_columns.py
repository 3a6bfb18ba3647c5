"""Columns whose names are one slip away from a name that a task has: `lable`, `reviews`."""

from __future__ import annotations

from collections.abc import Sequence

from functions.common.text import is_one_slip
from functions.inspect.detection.column_contents import Kind, contents_of
from tasks import Column, Mapping, Row, every_variant
from tasks.base import plain

_SLIP_LENGTH = 5
"""Letters below which a name that differs in one is another name."""


def has_slips(columns: Sequence[str], sample: Sequence[Row]) -> bool:
    """Whether a column may bear some task's name but for a slip."""
    free = misspelt(columns, {}, sample)
    return any(
        name_meant(column, free) for task in every_variant() for column in task.columns
    )


def misspelt(
    columns: Sequence[str], mapping: Mapping, sample: Sequence[Row]
) -> list[str]:
    """The columns that may bear another name by a slip: not those of ids, or of 0 and 1."""
    contents = contents_of(columns, sample)
    return [
        name
        for name, content in contents.items()
        if name not in mapping.values()
        and not (content.is_binary or content.kind is Kind.IDS)
    ]


def name_meant(column: Column, free: Sequence[str]) -> tuple[str, str] | None:
    """A column's name that is one slip away from one of this column's, and that one."""
    for name in free:
        for right in (column.name, *column.aliases):
            if len(right) >= _SLIP_LENGTH and is_one_slip(plain(name), right):
                return name, right
    return None
