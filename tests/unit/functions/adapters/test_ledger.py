from __future__ import annotations

from typing import Any

import pytest

from contracts.model_record import Claim, ClaimOutcome
from contracts.run_record import Failure, RunStatus, Training
from functions.adapters.ledger import Ledger, LedgerConflictError
from tests.unit.functions.adapters.claims import (
    AGAIN,
    FIRST,
    OTHER,
    release,
    steps,
)


def failure(cause: str) -> Failure:
    return Failure(step="train", cause=cause, remedy="Do.", log_tail=())


def test_an_end_does_not_free_a_lock_of_another_run(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.end(run, RunStatus.FAILED)
    other = ledger.claim(OTHER, "e2").run
    assert ledger.end(run, RunStatus.FAILED) is False
    assert ledger.claim(FIRST, "e3") == Claim(ClaimOutcome.DUPLICATE, run)
    assert ledger.claim(AGAIN, "e3") == Claim(ClaimOutcome.BUSY, other)


def test_an_end_frees_the_model(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    assert ledger.end(run, RunStatus.FAILED) is True
    assert ledger.claim(OTHER, "e2").outcome == "claimed"
    assert ledger.get_run(run).ended_at


def test_a_promoted_run_is_champion_and_frees_its_model(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.record(
        run,
        RunStatus.TRAINING,
        task="text-classification",
        deployment={"mode": "serverless"},
    )
    assert ledger.promote(run) is None
    model = ledger.find_model("reviews")
    assert model is not None
    assert (model.champion, model.task, model.mode) == (
        run,
        "text-classification",
        "serverless",
    )
    assert model.active_run is None
    assert ledger.get_run(run).write()["status"] == "live"
    assert steps(ledger, run) == ["inspecting", "training", "live"]


@pytest.mark.parametrize(
    ("facts", "custom"), [({"hooks": ["predict_fn"]}, True), ({}, False)]
)
def test_a_model_with_code_of_its_own_is_known_as_such(
    ledger: Ledger, facts: dict[str, Any], custom: bool
) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.record(run, RunStatus.DEPLOYING, task="text-classification", **facts)
    ledger.promote(run)
    model = ledger.find_model("reviews")
    assert model is not None
    assert model.custom is custom


def test_promoting_twice_changes_nothing(ledger: Ledger) -> None:
    first = release(ledger, FIRST, "e1")
    second = ledger.claim(OTHER, "e2").run
    assert ledger.promote(second) == first
    assert ledger.promote(second) == first
    assert (steps(ledger, first)[-2:], steps(ledger, second)[-1:]) == (
        ["live", "superseded"],
        ["live"],
    )
    assert len(steps(ledger, first)) == 3


def test_a_run_that_lost_its_model_is_not_promoted(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.end(run, RunStatus.FAILED)
    with pytest.raises(
        LedgerConflictError, match=f"run '{run}' no longer holds model 'reviews'"
    ):
        ledger.promote(run)
    assert ledger.get_run(run).write()["status"] == "failed"


def test_an_ended_run_is_not_brought_back_by_a_late_writer(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.end(run, RunStatus.FAILED, failure=failure("first"))
    ledger.record(run, RunStatus.TRAINING, training=Training(seconds=1.5))
    assert ledger.end(run, RunStatus.STOPPED, failure=failure("second")) is False
    record = ledger.get_run(run)
    assert record.status == "failed"
    assert record.failure == failure("first")
    assert record.training == Training(seconds=1.5)


def test_a_status_recorded_twice_is_one_step(ledger: Ledger) -> None:
    run = ledger.claim(FIRST, "e1").run
    ledger.record(run, RunStatus.TRAINING)
    ledger.record(run, RunStatus.TRAINING, training=Training(job="j"))
    assert steps(ledger, run) == ["inspecting", "training"]
    assert ledger.get_run(run).write()["training"] == {"job": "j"}


def test_a_retired_champion_can_be_dropped_anew(ledger: Ledger) -> None:
    run = release(ledger, FIRST, "e1")
    ledger.retire_champion("reviews")
    model = ledger.find_model("reviews")
    assert model is not None
    assert model.champion is None
    assert ledger.get_run(run).write()["status"] == "superseded"
    assert ledger.claim(AGAIN, "e2").outcome == "claimed"
