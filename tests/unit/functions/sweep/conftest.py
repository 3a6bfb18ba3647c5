from __future__ import annotations

import pytest

from functions.common.names import resource_name
from tests.unit.functions.deploy.releases import made
from tests.unit.functions.fakes import (
    STACK,
    STAMP,
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
)
from tests.unit.functions.specs import RUN
from tests.unit.functions.sweep.swept import OLD, Swept


@pytest.fixture
def world(
    ledger: MemoryLedger, sagemaker: MemorySageMaker, storage: MemoryStorage
) -> Swept:
    return Swept(ledger, sagemaker, storage)


@pytest.fixture
def superseded(world: Swept) -> str:
    """The config of a release that a live one replaced, and that nothing has retired yet."""
    world.ledger.add(OLD, status="superseded", notified="live", ended_at=STAMP)
    world.ledger.add(RUN, status="live", notified="live", ended_at=STAMP)
    world.ledger.model_records["reviews"]["previous_champion"] = OLD
    old = made(world.sagemaker, OLD)
    world.sagemaker.add_endpoint(
        resource_name(STACK, "reviews"), made(world.sagemaker, RUN)
    )
    return old
