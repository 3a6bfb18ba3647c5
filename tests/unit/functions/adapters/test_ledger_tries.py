"""What functions of an earlier execution may still do to a run that was retried: nothing."""

from __future__ import annotations

import pytest

from contracts.run_record import RunStatus
from functions.adapters.ledger import LedgerConflictError, OvertakenError
from functions.adapters.ledger_tries import TRIES_KEPT, NextTry
from tests.unit.functions.releases.ended_runs import EXECUTION, Runs

SECOND = "second"


@pytest.fixture
def retried() -> Runs:
    runs = Runs()
    assert runs.ledger.try_again(runs.failed(), NextTry(SECOND, RunStatus.TRAINING))
    return runs


def test_a_late_function_records_nothing(retried: Runs) -> None:
    late, before = retried.ledger.fenced(EXECUTION), retried.record
    for status in (None, RunStatus.JUDGING, RunStatus.FAILED):
        with pytest.raises(OvertakenError) as raised:
            late.record(retried.run, status, warnings=["late"])
    assert str(raised.value) == (
        f"run {retried.run!r} goes on in another execution than 'first'; nothing was written"
    )
    assert retried.record == before


def test_a_late_function_neither_ends_the_run_nor_frees_its_model(
    retried: Runs,
) -> None:
    assert not retried.ledger.fenced(EXECUTION).end(retried.run, RunStatus.KEPT_BACK)
    assert retried.record.status is RunStatus.TRAINING
    assert retried.owner() == (retried.run, SECOND)


def test_who_read_the_run_before_its_retry_does_not_free_its_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sweep frees the model of an ended run once more; its look may be older than the retry."""
    runs = Runs()
    failed = runs.failed()
    assert runs.ledger.try_again(failed, NextTry(SECOND, RunStatus.TRAINING))
    monkeypatch.setattr(runs.ledger, "get_run", lambda _: failed)
    runs.ledger.fenced(EXECUTION).end(runs.run, failed.status)
    assert runs.owner() == (runs.run, SECOND)


def test_a_late_promotion_is_refused(retried: Runs) -> None:
    with pytest.raises(LedgerConflictError):
        retried.ledger.fenced(EXECUTION).promote(retried.run)
    assert retried.record.status is RunStatus.TRAINING


def test_the_execution_of_the_retry_promotes_over_the_champion(retried: Runs) -> None:
    retried.ledger.fenced(SECOND).promote(retried.run)
    assert retried.owner() == (None, None)
    following = retried.claim("b", "third")
    assert retried.ledger.fenced("third").promote(following) == retried.run
    assert retried.record.status is RunStatus.SUPERSEDED


def test_one_of_two_retries_wins() -> None:
    runs = Runs()
    failed = runs.failed()
    outcomes = [
        runs.ledger.try_again(failed, NextTry(name, RunStatus.TRAINING))
        for name in ("one", "two")
    ]
    assert outcomes == [True, False]
    assert runs.owner() == (runs.run, "one")


def test_only_the_latest_tries_are_kept_and_their_numbers_go_on() -> None:
    runs = Runs()
    for number in range(2, TRIES_KEPT + 4):
        following = NextTry(f"try {number}", RunStatus.INSPECTING)
        assert runs.ledger.try_again(runs.record, following)
    tries = runs.record.tries
    assert len(tries) == TRIES_KEPT
    assert runs.record.try_number == TRIES_KEPT + 3
    assert tries[-1].number == TRIES_KEPT + 2
