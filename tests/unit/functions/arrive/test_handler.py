from __future__ import annotations

from contracts.run_record import RunStatus
from functions.arrive.handler import arrive, next_drop
from tests.unit.functions.arrive.queue import message
from tests.unit.functions.called import called
from tests.unit.functions.fakes import MemoryLedger, Outbox
from tests.unit.functions.specs import RUN


def test_a_file_that_comes_behind_a_run_is_begun_after_it(
    outbox: Outbox, ledger: MemoryLedger
) -> None:
    ledger.add(RUN, status="training")
    answer = called(arrive, Records=[message("datasets/reviews/a.csv")])
    assert (answer["outcome"], answer["started"]) == ("noted", 0)
    assert answer["batchItemFailures"] == []
    ledger.end(RUN, RunStatus.FAILED)
    assert called(next_drop, run=RUN) == {"outcome": "checked", "started": 1}
    assert called(next_drop, run="") == {"outcome": "checked", "started": 0}
