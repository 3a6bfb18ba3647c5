"""A request that a model answers, as notifications, errors and model pages show it."""

from __future__ import annotations

from typing import Any

from tasks import TASKS


def example_request(task: str | None, own_example: Any = None) -> Any:
    """A body that a model of this task answers; the owner's own, where there is one."""
    if own_example is not None:
        return own_example
    registered = TASKS.get(task or "")
    return {"inputs": registered.example_inputs if registered else "…"}
