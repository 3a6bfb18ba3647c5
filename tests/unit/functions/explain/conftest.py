from __future__ import annotations

import pytest

from functions.explain.explain import Explainer
from tests.unit.functions.fakes import (
    STACK,
    MemoryAlarms,
    MemoryLedger,
    MemoryLogs,
    MemorySageMaker,
)


@pytest.fixture
def explainer(ledger: MemoryLedger, sagemaker: MemorySageMaker) -> Explainer:
    return Explainer(
        ledger,
        sagemaker,
        MemoryLogs(["loading", "ValueError: broken data"]),
        STACK,
        MemoryAlarms,
    )
