"""Batches whose executions end without a word, as the sweep and whoever looks at them find them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.batch import BatchRecord, BatchStatus
from contracts.outcomes import RESTART_ERROR
from functions.batch.control import BatchControl, execution_name
from tests.unit.functions.batch.desk import Desk, reviews
from tests.unit.functions.fakes import NOW, STACK

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def running(desk: Desk) -> BatchRecord:
    """A batch with a job in progress."""
    record = desk.start(reviews(["a film"] * 10))
    desk.step(record)
    desk.step(record)
    return desk.read(record)


def later(desk: Desk) -> BatchControl:
    return BatchControl(
        desk.batches,
        desk.storage,
        desk.sagemaker,
        desk.logs,
        desk.workflow,
        STACK,
        lambda: LATER,
    )


def test_a_batch_that_runs_is_left_alone(desk: Desk, running: BatchRecord) -> None:
    assert not later(desk).settle_all("reviews")
    assert desk.read(running) == running


def test_an_execution_that_is_about_to_start_is_waited_for(
    desk: Desk, running: BatchRecord
) -> None:
    desk.workflow.statuses.clear()
    assert desk.control.settled(running) == running


def test_a_batch_whose_execution_ended_is_failed_and_bills_nothing(
    desk: Desk, running: BatchRecord
) -> None:
    desk.workflow.end_all("TIMED_OUT")
    assert later(desk).settle_all("reviews")
    failed = desk.read(running)
    assert failed.status is BatchStatus.FAILED
    assert "found that it has ended" in (failed.failure or "")
    (job,) = desk.sagemaker.transforms.values()
    assert job["TransformJobStatus"] == "Stopping"
    assert desk.sagemaker.models == {}
    assert not later(desk).settle_all("reviews")


def test_a_batch_that_the_clouds_restart_cut_off_goes_on(
    desk: Desk, running: BatchRecord
) -> None:
    desk.workflow.end_all("FAILED")
    desk.workflow.errors[execution_name(running.batch, 1)] = RESTART_ERROR
    assert later(desk).settle_all("reviews")
    again = desk.read(running)
    assert (again.status, again.tries) == (BatchStatus.PREPARING, 2)
    assert execution_name(running.batch, 2) in desk.workflow.started
    desk.end_jobs()
    ended = desk.run(again)
    assert (ended.status, ended.answered) == (BatchStatus.COMPLETED, 10)
