from __future__ import annotations

from typing import Any

from functions.common.names import resource_name
from tests.unit.functions.fakes import STACK, MemoryLedger
from tests.unit.functions.specs import RUN

JOB = resource_name(STACK, RUN)


def training(ledger: MemoryLedger) -> dict[str, Any]:
    record: dict[str, Any] = ledger.get_run(RUN).write().get("training", {})
    return record
