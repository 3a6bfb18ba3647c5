"""A run in the real ledger, on a table in this process, and everything that its retry asks."""

from __future__ import annotations

from typing import Any

from contracts.model_record import Drop
from contracts.run_record import (
    DataRecord,
    Failure,
    RunRecord,
    RunStatus,
)
from functions.adapters.ledger import Ledger
from functions.arrive.events import event_of
from functions.common.names import resource_name
from functions.releases.retry import Retrier
from tests.chaos.table import call_directly, in_process_table
from tests.unit.functions.fakes import STACK, MemoryStorage, MemoryWorkflow, now
from tests.unit.functions.specs import spec

MODEL = "reviews"
EXECUTION = "first"
EVENT = event_of("data", "datasets/reviews/all.csv")
FAILURE = Failure(step="train", cause="No memory.", remedy="Take more.")
PROMOTED = {"metric": "accuracy", "verdict": "promote"}


class Runs:
    """A stack with one run, which an execution works on."""

    def __init__(self) -> None:
        self.ledger = Ledger(in_process_table().open(call_directly, []), STACK, now)
        self.storage, self.workflow = MemoryStorage(), MemoryWorkflow()
        self.workflow.start(EXECUTION, EVENT)
        self.run = self.claim("a")
        self.retrier = Retrier(self.ledger, self.storage, self.workflow)

    def claim(self, digit: str, execution: str = EXECUTION) -> str:
        return self.ledger.claim(Drop(MODEL, digit * 64, "v"), execution).run

    @property
    def record(self) -> RunRecord:
        return self.ledger.get_run(self.run)

    def inspected(self) -> None:
        content = spec(run=self.run, model=MODEL)
        stored = self.storage.write_json(f"runs/{self.run}/spec.json", content)
        self.ledger.record(self.run, data=DataRecord(form="table"), spec=stored)

    def failed(self, **fields: Any) -> RunRecord:
        """The run after its failure, of which everybody has been ending."""
        self.inspected()
        self.ledger.record(self.run, RunStatus.TRAINING)
        ending: dict[str, Any] = {
            "notified": "failed",
            "mailed": "failed",
            "announced": "failed",
        }
        ending |= {"failure": FAILURE, **fields}
        self.ledger.end(self.run, RunStatus.FAILED, **ending)
        self.workflow.end_all("FAILED")
        return self.record

    def owner(self) -> tuple[str | None, str | None]:
        model = self.ledger.find_model(MODEL)
        assert model is not None
        return model.active_run, model.active_execution


def job_of(run: str) -> str:
    return resource_name(STACK, run)
