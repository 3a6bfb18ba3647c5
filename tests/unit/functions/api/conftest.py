from __future__ import annotations

import pytest

from functions.adapters import clients
from functions.adapters.links import Links
from functions.api import calls
from functions.api.predictions import Predictor
from functions.api.queued_predictions import LaterPredictor
from tests.unit.functions.adapters.stubs import session
from tests.unit.functions.api.client import ANSWER, SETTINGS, Client
from tests.unit.functions.fakes import (
    AnsweringRuntime,
    MemoryLedger,
    MemoryLogs,
    MemorySageMaker,
    MemoryStorage,
    MemoryWorkflow,
    batches,
    cost_book,
    now,
)
from tests.unit.functions.fakes.prediction_queue import QueueingClient, queue_of


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch,
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
    storage: MemoryStorage,
) -> Client:
    runtime = AnsweringRuntime(ANSWER)
    queueing = QueueingClient(storage)
    later = LaterPredictor(ledger, lambda: queue_of(queueing), now)
    monkeypatch.setattr(calls, "later", lambda: later)
    predictor = Predictor(ledger, runtime, calls.wake, later=later)
    monkeypatch.setattr(clients, "ledger", lambda: ledger)
    monkeypatch.setattr(clients, "sagemaker", lambda: sagemaker)
    monkeypatch.setattr(clients, "storage", lambda: storage)
    monkeypatch.setattr(clients, "settings", lambda: SETTINGS)
    book = cost_book()
    waiting = batches()
    monkeypatch.setattr(clients, "batches", lambda: waiting)
    workflow = MemoryWorkflow()
    monkeypatch.setattr(clients, "batch_workflow", lambda: workflow)
    logs = MemoryLogs()
    monkeypatch.setattr(clients, "logs", lambda: logs)
    links = Links(session().client("s3", config=clients.LINK_CONFIG), storage.bucket)
    monkeypatch.setattr(clients, "link_maker", lambda: links)
    monkeypatch.setattr(clients, "cost_book", lambda: book)
    monkeypatch.setattr(clients, "price_list", lambda: None)
    monkeypatch.setattr(clients, "region", lambda: "us-east-1")
    monkeypatch.setattr(calls, "predictor", lambda: predictor)
    return Client(ledger, sagemaker, runtime, storage, queueing)
