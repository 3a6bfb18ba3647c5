from __future__ import annotations

import pytest

from functions.adapters.ledger import Ledger
from tests.chaos.table import call_directly, in_process_table
from tests.unit.functions.fakes import STACK


@pytest.fixture
def ledger() -> Ledger:
    """The real ledger on an empty table in this process."""
    return Ledger(in_process_table().open(call_directly, []), STACK)
