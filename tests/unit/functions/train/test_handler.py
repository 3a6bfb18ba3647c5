from __future__ import annotations

from functions.adapters import clients
from functions.train.handler import check_training, start_training
from tests.unit.functions.called import called
from tests.unit.functions.fakes import MemoryLedger, MemorySageMaker, Outbox
from tests.unit.functions.specs import RUN
from tests.unit.functions.train.starting import JOB


def test_a_job_is_started_and_checked(
    outbox: Outbox, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    ledger.add(RUN)
    assert called(start_training, run=RUN, waited_seconds=0) == {"outcome": "started"}
    assert called(check_training, run=RUN)["outcome"] == "running"
    sagemaker.add_job(JOB, "Completed", BillableTimeInSeconds=90)
    assert called(check_training, run=RUN)["outcome"] == "completed"
    steps = ledger.get_run(RUN).write()["steps"]
    assert [step["step"] for step in steps] == ["inspecting", "training"]
    book = clients.cost_book()
    (amount,) = book.booked("2026-05")
    assert (amount.name, amount.run, amount.billable_seconds) == (JOB, RUN, 90)
    assert book.running() == []
