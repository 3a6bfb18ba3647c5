from __future__ import annotations

import pytest

from tests.unit.functions.deploy.releases import ARCHIVE
from tests.unit.functions.fakes import MemoryLedger, MemorySageMaker
from tests.unit.functions.specs import RUN


@pytest.fixture
def judged(ledger: MemoryLedger, sagemaker: MemorySageMaker) -> None:
    ledger.add(RUN, status="judging", training={"job": "j"})
    sagemaker.add_job("j", "Completed", ModelArtifacts={"S3ModelArtifacts": ARCHIVE})
