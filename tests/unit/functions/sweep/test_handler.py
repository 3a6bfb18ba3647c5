from __future__ import annotations

from functions.sweep.handler import sweep
from tests.unit.functions.called import called
from tests.unit.functions.fakes import Outbox


def test_sweep_takes_schedules_and_events_alike(outbox: Outbox) -> None:
    assert called(sweep)["outcome"] == "swept"
    assert (
        called(sweep, source="aws.states", detail={"status": "ABORTED"})["outcome"]
        == "swept"
    )
