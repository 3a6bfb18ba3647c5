"""The waiting drops on a table in this process."""

from __future__ import annotations

from functions.adapters.arrivals import Arrivals
from tests.chaos.table import call_directly, in_process_table
from tests.unit.functions.fakes.clock import STACK, now


def arrivals() -> Arrivals:
    """The real one, on an empty table."""
    return Arrivals(in_process_table().open(call_directly, []), STACK, now)
