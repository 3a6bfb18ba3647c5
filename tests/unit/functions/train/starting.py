from __future__ import annotations

from typing import Any

from tests.unit.functions.fakes import MemoryLedger
from tests.unit.functions.specs import RUN

JOB = f"traindrop--{RUN}"


def training(ledger: MemoryLedger) -> dict[str, Any]:
    record: dict[str, Any] = ledger.get_run(RUN).write().get("training", {})
    return record
