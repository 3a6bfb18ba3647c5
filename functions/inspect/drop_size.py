"""How much data a drop may hold: as much as one function reads and checks in its time, and keeps on its disk."""

from __future__ import annotations

from contracts.problems import Problem
from functions.common.text import counted
from functions.inspect.formats.base import MAX_CHARACTERS
from functions.inspect.layouts import Plan

MAX_BYTES = MAX_CHARACTERS
_GIB = 2**30
_REMEDY = "Drop a sample of the rows: a model seldom gains from more."


def size_problem(plan: Plan) -> Problem | None:
    """A drop whose files are too large together, which is known before any is read."""
    files = [file for of_split in plan.splits.values() for file in of_split]
    size = sum(file.stored.size for file in files)
    if size <= MAX_BYTES:
        return None
    return too_much(f"{size / _GIB:,.1f} GiB in {counted(len(files), 'file')}")


def too_much(actual: str) -> Problem:
    """`actual` says how much there is."""
    return Problem(
        f"at most {MAX_BYTES / _GIB:g} GiB of data in a drop", actual, _REMEDY
    )
