from __future__ import annotations

import json

from contracts.arrival import MAX_TRIES
from functions.adapters import clients
from functions.explain.handler import explain
from functions.notify.handler import notify
from tests.unit.functions.called import called
from tests.unit.functions.fakes import MemoryLedger, Outbox
from tests.unit.functions.specs import RUN


def test_the_state_between_the_functions_stays_small(
    outbox: Outbox, ledger: MemoryLedger
) -> None:
    ledger.add(RUN, status="training", training={"job": "j"})
    answers = [
        called(explain, run=RUN, step="train", error="E", cause="x" * 2000),
        called(notify, run=RUN),
    ]
    assert all(len(json.dumps(answer)) < 200 for answer in answers)


def test_explain_names_the_run_it_found(outbox: Outbox, ledger: MemoryLedger) -> None:
    ledger.add(RUN)
    event = {
        "run": "",
        "key": "datasets/reviews/a.csv",
        "execution": f"execution-{RUN}",
        "step": "inspect",
    }
    assert called(explain, **event, error="Boom", cause="") == {
        "outcome": "cleaned",
        "run": RUN,
    }
    assert outbox.messages == []


def test_explain_tells_subscribers_where_there_is_no_run(outbox: Outbox) -> None:
    event = {
        "run": "",
        "key": "datasets/reviews/a.csv",
        "execution": "e",
        "step": "inspect",
        "error": "Boom",
    }
    assert called(explain, **event, cause="") == {"outcome": "cleaned"}
    assert called(notify, run="", ending="failed") == {"outcome": "notified"}
    assert len(outbox.messages) == 1


def test_nobody_is_told_to_upload_again_what_is_tried_again(outbox: Outbox) -> None:
    key = "datasets/reviews/a.csv"
    notes = clients.arrivals()
    noted = notes.note("reviews", "datasets/reviews/", key, "2026-05-01T12:00:00Z")
    event = {"run": "", "key": key, "execution": "e", "step": "inspect", "error": "E"}
    for number in range(1, MAX_TRIES + 1):
        watched = notes.watch(noted, f"watcher-{number}")
        assert watched is not None
        noted = watched
        assert called(explain, **event, cause="") == {"outcome": "cleaned"}
        assert len(outbox.messages) == int(number == MAX_TRIES)
