"""A request that a model answers, as notifications, errors and model pages show it."""

from __future__ import annotations

from typing import Any

from tasks import TASKS


def example_request(task: str | None, given: Any = None) -> Any:
    """A body that a model of this task answers; the owner's own, where there is one."""
    if given is not None:
        return given
    known = TASKS.get(task or "")
    return {"inputs": known.example_inputs if known else "…"}
