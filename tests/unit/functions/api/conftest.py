from __future__ import annotations

import pytest

from functions.adapters import clients
from functions.api import routes
from functions.api.predictions import Predictor
from functions.common.settings import Settings
from tests.unit.functions.api.client import ANSWER, Client
from tests.unit.functions.fakes import (
    STACK,
    AnsweringRuntime,
    MemoryLedger,
    MemorySageMaker,
    MemoryStorage,
)


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch,
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
    storage: MemoryStorage,
) -> Client:
    runtime = AnsweringRuntime(ANSWER)
    predictor = Predictor(ledger, runtime)
    monkeypatch.setattr(clients, "ledger", lambda: ledger)
    monkeypatch.setattr(clients, "sagemaker", lambda: sagemaker)
    monkeypatch.setattr(clients, "storage", lambda: storage)
    monkeypatch.setattr(clients, "settings", lambda: Settings(STACK, "data", "table"))
    monkeypatch.setattr(routes, "predictor", lambda: predictor)
    return Client(ledger, sagemaker, runtime, storage)
