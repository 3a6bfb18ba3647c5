from __future__ import annotations

from typing import Any

from functions.common.names import resource_name
from tests.unit.functions.fakes import STACK, MemoryLedger, MemorySageMaker
from tests.unit.functions.specs import RUN

CONFIG, ENDPOINT = resource_name(STACK, RUN), resource_name(STACK, "reviews")


def training_run(
    ledger: MemoryLedger, sagemaker: MemorySageMaker, status: str = "Failed", **job: Any
) -> None:
    ledger.add(RUN, status="training", training={"job": CONFIG, "number": 1})
    sagemaker.add_job(CONFIG, status, **job)
