from __future__ import annotations

from datetime import timedelta

import pytest

from functions.handlers.check_training import JobMissingError, check
from tests.unit.functions.fakes import NOW, MemoryLedger, MemorySageMaker, now
from tests.unit.functions.specs import RUN


@pytest.fixture(autouse=True)
def _run(ledger: MemoryLedger) -> None:
    ledger.add(RUN, status="training", training={"job": "j", "number": 1, "instance_type": "ml.a"})


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("InProgress", "running"),
        ("Stopping", "running"),
        ("Completed", "completed"),
        ("Failed", "failed"),
        ("Stopped", "stopped"),
    ],
)
def test_the_jobs_status_is_the_outcome(
    status: str, outcome: str, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_job("j", status, CreationTime=NOW - timedelta(seconds=90))
    assert check(RUN, ledger, sagemaker, now) == {"outcome": outcome, "age_seconds": 90}


def test_a_job_without_capacity_is_its_own_outcome(ledger: MemoryLedger, sagemaker: MemorySageMaker) -> None:
    sagemaker.add_job("j", "Failed", FailureReason="CapacityError: Please retry using a different ML instance type")
    assert check(RUN, ledger, sagemaker, now)["outcome"] == "no_capacity"


def test_progress_is_recorded_only_where_it_changed(ledger: MemoryLedger, sagemaker: MemorySageMaker) -> None:
    metrics = [
        {"MetricName": "train_loss", "Value": 0.5, "Timestamp": NOW},
        {"MetricName": "broken", "Value": float("nan"), "Timestamp": NOW},
    ]
    sagemaker.add_job("j", SecondaryStatus="Training", FinalMetricDataList=metrics, BillableTimeInSeconds=7)
    check(RUN, ledger, sagemaker, now)
    check(RUN, ledger, sagemaker, now)
    assert ledger.writes == 1
    assert ledger.known(RUN)["training"] == {
        "job": "j",
        "number": 1,
        "instance_type": "ml.a",
        "phase": "Training",
        "metrics": {"train_loss": 0.5},
        "billable_seconds": 7,
    }


def test_a_job_that_is_gone_is_an_error(ledger: MemoryLedger, sagemaker: MemorySageMaker) -> None:
    with pytest.raises(JobMissingError, match="expected the training job 'j'; SageMaker has none of that name"):
        check(RUN, ledger, sagemaker, now)
