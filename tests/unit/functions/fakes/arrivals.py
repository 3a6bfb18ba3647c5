"""The waiting drops, the leases and the costs on a table in this process."""

from __future__ import annotations

from functions.adapters.arrivals import Arrivals
from functions.adapters.batches import Batches
from functions.adapters.cost_book import CostBook
from functions.adapters.leases import Leases
from tests.chaos.table import call_directly, in_process_table
from tests.unit.functions.fakes.clock import STACK, now


def arrivals() -> Arrivals:
    """The real one, on an empty table."""
    return Arrivals(in_process_table().open(call_directly, []), STACK, now)


def leases(beside: Arrivals) -> Leases:
    """The real ones, on the same table; nobody waits."""
    return Leases(beside._table, STACK, now, lambda seconds: None)


def batches(beside: Arrivals | None = None) -> Batches:
    """The real ones, on the same table, else on an empty one."""
    table = beside or arrivals()
    return Batches(table._table, STACK, now)


def cost_book(beside: Arrivals | None = None) -> CostBook:
    """The real one, on the same table, else on an empty one."""
    table = beside or arrivals()
    return CostBook(table._table, STACK, now)
