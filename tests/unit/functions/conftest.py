from __future__ import annotations

from typing import Any

import pytest

from functions.adapters import clients
from functions.common.settings import Settings
from tests.unit.functions.called import ANSWER
from tests.unit.functions.fakes import (
    STACK,
    AnsweringRuntime,
    MemoryLedger,
    MemoryLogs,
    MemorySageMaker,
    MemoryStorage,
    MemoryWorkflow,
    Outbox,
    arrivals,
    batches,
    cost_book,
    leases,
)
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


@pytest.fixture
def outbox(
    monkeypatch: pytest.MonkeyPatch,
    ledger: MemoryLedger,
    storage: MemoryStorage,
    sagemaker: MemorySageMaker,
) -> Outbox:
    outbox, waiting = Outbox(), arrivals()
    adapters: dict[str, Any] = {
        "settings": Settings(
            STACK,
            "data",
            "table",
            execution_role_arn="r",
            training_image="t",
            serving_image="s",
        ),
        "ledger": ledger,
        "arrivals": waiting,
        "batches": batches(waiting),
        "batch_workflow": MemoryWorkflow(),
        "leases": leases(waiting),
        "cost_book": cost_book(waiting),
        "price_list": None,
        "service_quotas": None,
        "storage": storage,
        "sagemaker": sagemaker,
        "runtime": AnsweringRuntime(ANSWER),
        "patient_runtime": AnsweringRuntime(ANSWER),
        "logs": MemoryLogs(),
        "notifications": outbox,
        "workflow": MemoryWorkflow(),
    }
    for name, adapter in adapters.items():
        monkeypatch.setattr(clients, name, lambda adapter=adapter: adapter)
    monkeypatch.setattr(clients, "job_creator", lambda tags: sagemaker)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    return outbox
