from __future__ import annotations

from functions.judge.handler import judge
from tests.unit.functions.called import called
from tests.unit.functions.fakes import MemoryLedger, MemoryStorage, Outbox
from tests.unit.functions.specs import RUN


def test_a_trained_model_is_promoted(
    outbox: Outbox, ledger: MemoryLedger, trained: MemoryStorage
) -> None:
    assert called(judge, run=RUN) == {"outcome": "promote"}
    assert ledger.get_run(RUN).write()["steps"][-1]["step"] == "judging"
