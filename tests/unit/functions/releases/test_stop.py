from __future__ import annotations

import pytest

from contracts.run_record import RunRecord, RunStatus
from functions.releases.retry_decisions import Refusal
from functions.releases.stop import Stopper
from tests.unit.functions.releases.ended_runs import EXECUTION, Runs


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def stopper(runs: Runs) -> Stopper:
    return Stopper(runs.ledger, runs.workflow)


def test_a_stop_notes_the_request_and_ends_the_execution(
    runs: Runs, stopper: Stopper
) -> None:
    answer = stopper.stop(runs.record)
    assert isinstance(answer, RunRecord)
    assert answer.stop_requested_at
    assert runs.workflow.statuses[EXECUTION] == "ABORTED"


def test_a_stop_asked_for_twice_is_one(runs: Runs, stopper: Stopper) -> None:
    assert stopper.stop(runs.record) == stopper.stop(runs.record)


def test_a_stopped_run_is_shown_and_an_ended_one_refused(
    runs: Runs, stopper: Stopper
) -> None:
    failed = runs.failed()
    refusal = stopper.stop(failed)
    assert refusal == Refusal(
        "run_ended", f"{runs.run} has ended: failed. There is nothing to stop."
    )
    runs.ledger.record(runs.run, RunStatus.STOPPED)
    assert stopper.stop(runs.record) == runs.record


def test_a_request_for_an_earlier_try_stops_nothing(
    runs: Runs, stopper: Stopper
) -> None:
    failed = runs.failed()
    retried = runs.retrier.retry(failed)
    assert isinstance(retried, RunRecord)
    assert not runs.ledger.request_stop(failed)
    assert runs.record.stop_requested_at is None
