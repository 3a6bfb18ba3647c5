"""A request that a model answers, as notifications, errors and model pages show it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tasks import TASKS

PAIR = {"text": "This is the first text.", "text_pair": "This is the second one."}


def example_request(
    task: str | None, own_example: Any = None, columns: Collection[str] | None = None
) -> Any:
    """A body that a model of this task answers; the owner's own, where there is one.

    `columns` are those of the rows it was trained on: a model of pairs is asked with two texts.
    """
    if own_example is not None:
        return own_example
    if columns and "text_pair" in columns:
        return {"inputs": PAIR}
    registered = TASKS.get(task or "")
    return {"inputs": registered.example_inputs if registered else "…"}
