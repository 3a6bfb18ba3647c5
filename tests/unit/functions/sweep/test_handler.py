from __future__ import annotations

import json

import pytest

from functions.sweep.handler import sweep
from functions.sweep.spend import MONTH_USD
from tests.unit.functions.called import called
from tests.unit.functions.fakes import Outbox


def test_sweep_takes_schedules_and_events_alike(outbox: Outbox) -> None:
    assert called(sweep)["outcome"] == "swept"
    assert (
        called(sweep, source="aws.states", detail={"status": "ABORTED"})["outcome"]
        == "swept"
    )


def test_what_the_month_has_cost_is_a_metric_of_the_sweep(
    outbox: Outbox, capsys: pytest.CaptureFixture[str]
) -> None:
    called(sweep)
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (measured,) = [line for line in written if MONTH_USD in line]
    assert (measured["step"], measured[MONTH_USD]) == ("sweep", [0.0])
