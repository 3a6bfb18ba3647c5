from __future__ import annotations

from datetime import datetime, timedelta

from functions.arrive.watch import Watch
from functions.batch.control import BatchControl
from functions.costs.booking import Booker
from functions.costs.prices import Prices
from functions.explain.explain import Explainer
from functions.releases.removal import Remover
from functions.releases.retry import Retrier
from functions.sweep.decisions import quiet_drops
from functions.sweep.sweep import Sweeper
from functions.sweep.turn import Turn
from tests.unit.functions.fakes import (
    NOW,
    STACK,
    CountedUsage,
    MemoryAlarms,
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
    now,
)
from tests.unit.functions.specs import RUN

NOTHING = {
    "outcome": "swept",
    "ended": 0,
    "cleaned": 0,
    "notified": 0,
    "retired": 0,
    "slept": 0,
    "removed": 0,
    "booked": 0,
    "batches": 0,
    "started": 0,
}


ARN = f"execution-{RUN}"


class Swept:
    def __init__(
        self, ledger: MemoryLedger, sagemaker: MemorySageMaker, storage: MemoryStorage
    ) -> None:
        self.ledger, self.sagemaker, self.storage = ledger, sagemaker, storage
        self.workflow, self.outbox = MemoryWorkflow(), Outbox()
        self.arrivals, self.starts = arrivals(), 0
        self.cost_book = cost_book(self.arrivals)
        self.usage = CountedUsage()
        self.batch_workflow = MemoryWorkflow()
        self.batch_control = BatchControl(
            batches(self.arrivals),
            self.storage,
            self.sagemaker,
            MemoryLogs(),
            self.batch_workflow,
            STACK,
            now,
        )

    def later(self) -> datetime:
        """Another moment at every call, for the names of executions."""
        self.starts += 1
        return NOW + timedelta(seconds=self.starts)

    def sweep(self) -> dict[str, object]:
        explainer = Explainer(
            self.ledger, self.sagemaker, MemoryLogs(), STACK, MemoryAlarms
        )
        return Sweeper(
            kept=5,
            ledger=self.ledger,
            arrivals=self.arrivals,
            watch=Watch(self.arrivals, self.ledger, self.workflow, "data", self.later),
            storage=self.storage,
            workflow=self.workflow,
            explainer=explainer,
            retrier=Retrier(self.ledger, self.storage, self.workflow),
            notifications=self.outbox,
            turn=Turn(leases(self.arrivals)),
            remover=Remover(self.ledger, self.storage, MemoryLogs(), STACK),
            booker=Booker(
                self.cost_book, self.sagemaker, Prices("us-east-1", None), now
            ),
            batches=self.batch_control,
            settle_seconds=30,
            drift_watch=None,
            usage=lambda: self.usage,
            now=now,
        ).sweep()

    def drop(
        self,
        key: str = "datasets/reviews/all.csv",
        modified: datetime = NOW - timedelta(minutes=5),
    ) -> None:
        self.storage.drop(key, "text,label", (NOW - modified).total_seconds())

    def claim_all(self) -> None:
        for item in quiet_drops(self.storage.list("datasets/"), NOW, 30):
            self.ledger.hold(item.drop, RUN)


OLD = "reviews-eeeeeeeeee"
