"""Marked spans as every tool has them, with one set of names."""

from __future__ import annotations

from typing import Any


def span(item: dict[str, Any], start: str, end: str, label: str) -> dict[str, Any]:
    """`{"start", "end", "label"}` of a tool's span; values as they are."""
    return {"start": item.get(start), "end": item.get(end), "label": item.get(label)}


def one_or_several(labels: list[Any]) -> Any:
    """A label where there is one, else the list."""
    return labels[0] if len(labels) == 1 else labels


def are_single(values: list[object]) -> bool:
    """Whether each value is a list of at most one label, and some have one."""
    lists = [value for value in values if isinstance(value, list)]
    lengths = {len(value) for value in lists}
    is_label = not any(
        isinstance(item, list | dict) for value in lists for item in value
    )
    return len(lists) == len(values) > 0 and 1 in lengths <= {0, 1} and is_label
