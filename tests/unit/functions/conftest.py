from __future__ import annotations

import pytest

from tests.unit.functions.fakes import MemoryLedger, MemorySageMaker, MemoryStorage
from tests.unit.functions.specs import RUN, spec


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def sagemaker() -> MemorySageMaker:
    return MemorySageMaker()


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage(**{f"runs/{RUN}/spec.json": spec()})
