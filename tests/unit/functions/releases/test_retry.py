from __future__ import annotations

import pytest

from contracts.outcomes import RESTART_ERROR
from contracts.run_record import RunRecord, RunStatus
from contracts.stored_version import StoredVersion
from functions.adapters.ledger import Ledger
from functions.adapters.ledger_tries import NextTry
from functions.releases.retry_decisions import MAX_INTERRUPTIONS, Refusal
from tests.unit.functions.releases.ended_runs import (
    EVENT,
    EXECUTION,
    FAILURE,
    MODEL,
    PROMOTED,
    Runs,
    job_of,
)


def refused(answer: RunRecord | Refusal) -> Refusal:
    assert isinstance(answer, Refusal)
    return answer


def test_a_failed_run_goes_on_in_an_execution_named_by_run_and_try(runs: Runs) -> None:
    failed = runs.failed(training={"job": job_of(runs.run), "number": 1})
    retried = runs.retrier.retry(failed)
    name = f"{runs.run}-try-2"
    assert retried == runs.record
    assert runs.workflow.started[name] == EVENT | {"run": runs.run, "begin": "train"}
    assert runs.owner() == (runs.run, runs.workflow.arn(name))
    record = runs.record
    assert (record.status, record.failure, record.ended_at) == ("training", None, None)
    assert (record.notified, record.mailed, record.announced) == (None, None, None)
    (earlier,) = record.tries
    assert (earlier.number, earlier.execution, earlier.status, earlier.failure) == (
        1,
        EXECUTION,
        "failed",
        FAILURE,
    )
    assert earlier.steps == failed.steps
    assert [step.step for step in record.steps] == ["training"]


def test_asking_twice_is_one_retry(runs: Runs) -> None:
    failed = runs.failed()
    first, second = runs.retrier.retry(failed), runs.retrier.retry(failed)
    assert first == second == runs.retrier.retry(runs.record)
    assert len(runs.workflow.started) == 2
    assert runs.record.try_number == 2


def test_a_retry_whose_start_was_lost_is_started_by_who_asks_next(runs: Runs) -> None:
    failed = runs.failed()
    following = NextTry(
        runs.workflow.arn(f"{runs.run}-try-2"), status=RunStatus.TRAINING
    )
    assert runs.ledger.try_again(failed, following)
    assert runs.retrier.retry(runs.record) == runs.record
    assert list(runs.workflow.started) == [EXECUTION, f"{runs.run}-try-2"]


def test_the_sweep_starts_a_retry_whose_start_was_lost(runs: Runs) -> None:
    following = NextTry(
        runs.workflow.arn(f"{runs.run}-try-2"), status=RunStatus.TRAINING
    )
    runs.ledger.try_again(runs.failed(), following)
    assert runs.retrier.resume(runs.record)
    assert list(runs.workflow.started) == [EXECUTION, f"{runs.run}-try-2"]


def test_a_judged_model_is_deployed_and_not_trained_again(runs: Runs) -> None:
    runs.retrier.retry(runs.failed(evaluation=PROMOTED))
    assert runs.workflow.started[f"{runs.run}-try-2"]["begin"] == "deploy"
    assert runs.record.evaluation is not None


def test_a_drop_that_holds_a_model_is_deployed(runs: Runs) -> None:
    archive = StoredVersion(f"models/{runs.run}/model.tar.gz", "v1", 9)
    runs.retrier.retry(runs.failed(archive=archive))
    assert runs.workflow.started[f"{runs.run}-try-2"]["begin"] == "deploy"


def test_a_run_that_was_never_inspected_is_dropped_again(runs: Runs) -> None:
    runs.ledger.end(runs.run, RunStatus.FAILED)
    runs.workflow.end_all("FAILED")
    refusal = refused(runs.retrier.retry(runs.record))
    assert refusal.code == "not_inspected"
    assert refusal.message == (
        f"{runs.run} has no spec.json in S3: it was never inspected to the end, or the file has expired "
        "(RunRetentionDays). Drop the files again."
    )
    assert runs.record.status is RunStatus.FAILED


def test_a_model_with_another_run_in_progress_is_busy(runs: Runs) -> None:
    failed = runs.failed()
    other = runs.claim("b", "second")
    refusal = refused(runs.retrier.retry(failed))
    assert (refusal.code, refusal.active_run) == ("model_busy", other)
    assert refusal.message == (
        f"The run {other} of {MODEL} is in progress. Ask again when it has ended, "
        f"or stop it: POST /runs/{other}/stop."
    )


def test_a_drop_that_comes_between_look_and_claim_is_not_overrun(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed, claim = runs.failed(), Ledger.try_again

    def try_again(self: Ledger, record: RunRecord, following: NextTry) -> bool:
        runs.claim("b", "second")
        return claim(self, record, following)

    monkeypatch.setattr(Ledger, "try_again", try_again)
    assert refused(runs.retrier.retry(failed)).code == "model_busy"
    assert runs.record == failed


def test_a_workflow_that_still_notifies_is_waited_for(runs: Runs) -> None:
    failed = runs.failed()
    runs.workflow.end_all("RUNNING")
    refusal = refused(runs.retrier.retry(failed))
    assert (refusal.code, refusal.retry_after) == ("still_ending", 5)


def test_what_is_not_removed_yet_is_waited_for(runs: Runs) -> None:
    left = {**FAILURE.write(), "leftovers": ["endpoint of reviews: it is changing"]}
    refusal = refused(runs.retrier.retry(runs.failed(failure=left)))
    assert refusal.code == "still_being_removed"
    assert "endpoint of reviews: it is changing. Ask again" in refusal.message


def test_a_run_in_its_first_try_has_nothing_to_retry(runs: Runs) -> None:
    refusal = refused(runs.retrier.retry(runs.record))
    assert (refusal.code, refusal.message) == (
        "run_in_progress",
        f"{runs.run} is in progress: inspecting. Wait until it has ended.",
    )


def cut_off(runs: Runs, name: str = EXECUTION) -> None:
    runs.workflow.end_all("FAILED")
    runs.workflow.errors[name] = RESTART_ERROR


def test_an_interrupted_run_goes_on_by_itself(runs: Runs) -> None:
    runs.inspected()
    training = {"job": job_of(runs.run), "number": 1, "queued_since": "2026"}
    runs.ledger.record(runs.run, RunStatus.TRAINING, training=training)
    cut_off(runs)
    before = runs.record
    assert runs.retrier.resume(before)
    assert runs.workflow.started[f"{runs.run}-try-2"]["begin"] == "train"
    assert runs.record.training == before.training
    assert [item.was_interrupted for item in runs.record.tries] == [True]


def test_an_interrupted_inspection_begins_anew_in_the_same_run(runs: Runs) -> None:
    cut_off(runs)
    assert runs.retrier.resume(runs.record)
    assert runs.workflow.started[f"{runs.run}-try-2"] == EVENT | {
        "run": runs.run,
        "begin": "inspect",
    }
    assert runs.claim("a", runs.record.execution) == runs.run


def test_a_run_whose_workflow_somebody_stopped_does_not_go_on(runs: Runs) -> None:
    runs.inspected()
    runs.workflow.end_all("ABORTED")
    assert not runs.retrier.resume(runs.record)


def test_a_run_that_is_interrupted_again_and_again_is_given_up(runs: Runs) -> None:
    cut_off(runs)
    for number in range(2, MAX_INTERRUPTIONS + 2):
        assert runs.retrier.resume(runs.record)
        cut_off(runs, f"{runs.run}-try-{number}")
    assert not runs.retrier.resume(runs.record)
