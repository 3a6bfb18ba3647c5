from __future__ import annotations

import pytest

from tests.unit.functions.fakes import MemoryLedger, MemoryStorage
from tests.unit.functions.judge.evaluations import MODEL, OUTPUT, VERIFICATION, archive
from tests.unit.functions.specs import RUN, evaluation


@pytest.fixture
def trained(ledger: MemoryLedger, storage: MemoryStorage) -> MemoryStorage:
    ledger.add(RUN, status="training", training={"job": "j"})
    storage.objects[OUTPUT] = archive(
        "./", evaluation=evaluation(), verification=VERIFICATION
    )
    storage.objects[MODEL] = b"weights"
    return storage
