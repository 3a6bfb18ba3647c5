from __future__ import annotations

from typing import Any

from contracts import locations
from contracts.batch import BatchRecord, BatchStatus
from functions.adapters import clients
from functions.batch import handler
from tests.unit.functions.called import called
from tests.unit.functions.fakes import STAMP, MemoryLedger, MemoryStorage, Outbox
from tests.unit.functions.specs import RUN


def started(ledger: MemoryLedger, storage: MemoryStorage) -> BatchRecord:
    archive = locations.release_archive_key(RUN)
    storage.drop(archive, b"archive")
    ledger.add(RUN, status="live", archive=storage.find(archive))
    storage.drop("batches/rows", b"review\na film\n")
    record = BatchRecord(
        batch="b",
        model="reviews",
        status=BatchStatus.UPLOADING,
        key="batches/rows",
        created_at=STAMP,
        updated_at=STAMP,
    )
    first_try = clients.batches().start(clients.batches().create(record), run=RUN)
    assert first_try is not None
    return first_try


def test_a_step_is_done_of_the_try_that_is_named(
    outbox: Outbox, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    started(ledger, storage)
    event: dict[str, Any] = {"model": "reviews", "batch": "b", "attempt": 2}
    assert called(handler.batch, **event) == {"outcome": "ended"}
    assert called(handler.batch, **event | {"attempt": 1}) == {"outcome": "continue"}
    record = clients.batches().find("reviews", "b")
    assert record is not None
    assert (record.status, record.requests) == (BatchStatus.RUNNING, 1)


def test_an_error_of_the_state_machine_fails_the_batch(
    outbox: Outbox, ledger: MemoryLedger, storage: MemoryStorage
) -> None:
    started(ledger, storage)
    event: dict[str, Any] = {"model": "reviews", "batch": "b", "attempt": 1}
    error = {"error": "States.Timeout", "cause": ""}
    assert called(handler.batch, **event, **error) == {"outcome": "ended"}
    record = clients.batches().find("reviews", "b")
    assert record is not None
    assert (record.failure or "").startswith(
        "A step of the batch failed: States.Timeout. POST /models/reviews/batch/b/start"
    )
