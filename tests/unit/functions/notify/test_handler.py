from __future__ import annotations

from functions.notify.handler import notify
from tests.unit.functions.called import called
from tests.unit.functions.fakes import MemoryLedger, Outbox
from tests.unit.functions.specs import RUN


def test_a_run_that_ended_is_announced(outbox: Outbox, ledger: MemoryLedger) -> None:
    ledger.add(RUN, status="live")
    assert called(notify, run=RUN, ending="promoted") == {"outcome": "notified"}
    assert outbox.details[0]["status"] == "live"


def test_nothing_is_announced_where_there_is_no_run(outbox: Outbox) -> None:
    assert called(notify, run="", ending="failed") == {"outcome": "notified"}
    assert outbox.details == []
