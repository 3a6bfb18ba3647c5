from __future__ import annotations

import pytest

from tests.unit.functions.deploy.releases import ARCHIVE_KEY
from tests.unit.functions.fakes import MemoryLedger, MemoryStorage
from tests.unit.functions.specs import RUN


@pytest.fixture
def judged(ledger: MemoryLedger, storage: MemoryStorage) -> None:
    storage.put_bytes(ARCHIVE_KEY, b"weights")
    archive = storage.find(ARCHIVE_KEY)
    ledger.add(RUN, status="judging", training={"job": "j"}, archive=archive)
