from __future__ import annotations

from typing import Any

from tests.unit.functions.fakes import MemoryLedger, MemorySageMaker
from tests.unit.functions.specs import RUN

CONFIG, ENDPOINT = f"traindrop--{RUN}", "traindrop--reviews"


def training_run(
    ledger: MemoryLedger, sagemaker: MemorySageMaker, status: str = "Failed", **job: Any
) -> None:
    ledger.add(RUN, status="training", training={"job": CONFIG, "number": 1})
    sagemaker.add_job(CONFIG, status, **job)
