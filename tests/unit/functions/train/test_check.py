from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.metric_lines import metric_definitions, metric_line, trainer_definitions
from functions.adapters.errors import RefusedError, TransientError
from functions.api.views import run_page
from functions.train.check import check
from tasks import get_task
from tests.unit.functions.fakes import (
    NOW,
    MemoryLedger,
    MemoryLogs,
    MemorySageMaker,
    now,
)
from tests.unit.functions.specs import RUN

LOGS = MemoryLogs()
PRINTED = [
    "Loading the base model",
    metric_line(eval_accuracy=0.75, eval_macro_f1=0.7),
    metric_line(
        step=10,
        total_steps=100,
        epoch=0.1,
        train_loss=0.9,
        rows_per_second=64,
        seconds_left=45,
    ),
    metric_line(
        step=20,
        total_steps=100,
        epoch=0.2,
        train_loss=0.8,
        rows_per_second=66.5,
        seconds_left=38.5,
    ),
    "Saved a checkpoint at step 20",
]


@pytest.fixture(autouse=True)
def _run(ledger: MemoryLedger) -> None:
    ledger.add(
        RUN,
        status="training",
        training={"job": "j", "number": 1, "instance_type": "ml.a"},
    )


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
    assert check(RUN, ledger, sagemaker, LOGS, now) == {
        "outcome": outcome,
        "age_seconds": 90,
        "limit_seconds": (28 * 24 + 6) * 3600,
    }


@pytest.mark.parametrize(
    ("condition", "seconds"),
    [
        ({"MaxRuntimeInSeconds": 3600}, 3600),
        ({"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 9000}, 9000),
    ],
)
def test_a_job_can_run_as_long_as_its_stopping_condition_lets_it(
    condition: dict[str, int],
    seconds: int,
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
) -> None:
    sagemaker.add_job("j", StoppingCondition=condition)
    answer = check(RUN, ledger, sagemaker, LOGS, now)
    assert answer["limit_seconds"] == seconds + 6 * 3600


def test_a_job_without_capacity_is_its_own_outcome(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    sagemaker.add_job(
        "j",
        "Failed",
        FailureReason="CapacityError: Please retry using a different ML instance type",
    )
    assert check(RUN, ledger, sagemaker, LOGS, now)["outcome"] == "no_capacity"


def test_progress_is_recorded_only_where_it_changed(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    metrics = [
        {"MetricName": "train_loss", "Value": 0.5, "Timestamp": NOW},
        {"MetricName": "broken", "Value": float("nan"), "Timestamp": NOW},
    ]
    sagemaker.add_job(
        "j",
        SecondaryStatus="Training",
        FinalMetricDataList=metrics,
        BillableTimeInSeconds=7,
    )
    check(RUN, ledger, sagemaker, LOGS, now)
    check(RUN, ledger, sagemaker, LOGS, now)
    assert ledger.writes == 1
    assert ledger.get_run(RUN).write()["training"] == {
        "job": "j",
        "number": 1,
        "instance_type": "ml.a",
        "phase": "Training",
        "metrics": {"train_loss": 0.5},
        "billable_seconds": 7,
    }


def test_a_job_that_is_not_seen_is_no_failed_job(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    assert check(RUN, ledger, sagemaker, LOGS, now) == {
        "outcome": "unknown",
        "reason": "JobMissingError: expected the training job 'j'; SageMaker has none of that name",
    }


@pytest.mark.parametrize("error", [TransientError("busy"), RefusedError("denied")])
def test_a_job_that_cannot_be_looked_at_is_no_failed_job(
    error: Exception, ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    sagemaker.failing["job"] = error
    answer = check(RUN, ledger, sagemaker, LOGS, now)
    assert answer["outcome"] == "unknown"
    assert str(error) in answer["reason"]


def hidden(
    sagemaker: MemorySageMaker, definitions: list[dict[str, str]], **more: Any
) -> None:
    """A job whose description tells no metric."""
    specification = {"MetricDefinitions": definitions}
    sagemaker.add_job(
        "j", SecondaryStatus="Training", AlgorithmSpecification=specification, **more
    )


def ours() -> list[dict[str, str]]:
    task = get_task("text-classification")
    return metric_definitions(
        [*task.progress, *(f"eval_{name}" for name in task.metrics)]
    )


def test_a_running_jobs_progress_is_shown_by_clear_names(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    hidden(
        sagemaker,
        ours(),
        SecondaryStatusTransitions=[
            {"Status": status, "StartTime": NOW}
            for status in ("Training", "Interrupted")
        ],
    )
    check(RUN, ledger, sagemaker, MemoryLogs(PRINTED), now)
    assert run_page(ledger.get_run(RUN))["progress"] == {
        "phase": "Training",
        "step": 20,
        "total_steps": 100,
        "epoch": 0.2,
        "loss": 0.8,
        "metrics": {"accuracy": 0.75, "macro_f1": 0.7},
        "rows_per_second": 66.5,
        "seconds_left": 38.5,
        "interruptions": 1,
    }


def test_a_run_that_does_not_train_shows_no_progress(ledger: MemoryLedger) -> None:
    record = ledger.add(RUN, status="judging", training={"metrics": {"step": 7.0}})
    assert run_page(record) == record.write()


def test_a_log_is_read_only_where_the_description_tells_nothing(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    logs = MemoryLogs(PRINTED)
    metrics = [{"MetricName": "step", "Value": 30.0, "Timestamp": NOW}]
    for described in (
        {"FinalMetricDataList": metrics, "SecondaryStatus": "Training"},
        {"SecondaryStatus": "Downloading"},
        {"SecondaryStatus": "Completed"},
    ):
        specification = {"MetricDefinitions": ours()}
        sagemaker.add_job("j", AlgorithmSpecification=specification, **described)
        check(RUN, ledger, sagemaker, logs, now)
    assert logs.calls == []
    assert ledger.get_run(RUN).write()["training"]["metrics"] == {"step": 30.0}


def test_every_poll_of_the_log_is_one_call_once_its_stream_is_known(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    logs = MemoryLogs(PRINTED)
    hidden(sagemaker, ours())
    for _ in range(3):
        check(RUN, ledger, sagemaker, logs, now)
    assert logs.calls == ["stream_of_job", "latest", "latest", "latest"]
    hidden(
        sagemaker,
        ours(),
        SecondaryStatusTransitions=[{"Status": "Interrupted", "StartTime": NOW}],
    )
    check(RUN, ledger, sagemaker, logs, now)
    assert logs.calls[4:] == ["stream_of_job", "latest"]


def test_what_an_earlier_poll_saw_stays_when_the_log_has_moved_on(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    hidden(sagemaker, ours())
    check(RUN, ledger, sagemaker, MemoryLogs(PRINTED), now)
    check(
        RUN,
        ledger,
        sagemaker,
        MemoryLogs([metric_line(step=60, train_loss=float("nan"))]),
        now,
    )
    metrics = ledger.get_run(RUN).write()["training"]["metrics"]
    assert (metrics["step"], metrics["train_loss"], metrics["eval_accuracy"]) == (
        60.0,
        0.8,
        0.75,
    )


def test_what_trainer_prints_is_read_too(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    hidden(sagemaker, trainer_definitions())
    lines = [
        "{'loss': '0.75', 'learning_rate': '4e-05', 'epoch': '0.5'}",
        "{'eval_accuracy': 0.5, 'epoch': 1.0}",
    ]
    check(RUN, ledger, sagemaker, MemoryLogs(lines), now)
    progress = run_page(ledger.get_run(RUN))["progress"]
    assert progress == {
        "phase": "Training",
        "epoch": 1.0,
        "loss": 0.75,
        "metrics": {"accuracy": 0.5},
    }


def test_a_job_that_has_logged_nothing_yet_has_only_a_phase(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    hidden(sagemaker, ours())
    check(RUN, ledger, sagemaker, LOGS, now)
    assert run_page(ledger.get_run(RUN))["progress"] == {"phase": "Training"}


def waiting(minutes: float, *later: str) -> dict[str, Any]:
    """A spot job whose machine was taken away, which has waited for another since; `later` is what came of it."""
    starts = [
        ("Training", NOW - timedelta(hours=3)),
        ("Interrupted", NOW - timedelta(minutes=minutes)),
        ("Starting", NOW - timedelta(minutes=minutes - 1)),
        *((status, NOW) for status in later),
    ]
    transitions = [{"Status": status, "StartTime": start} for status, start in starts]
    return {
        "SecondaryStatusTransitions": transitions,
        "SecondaryStatus": starts[-1][0],
        "CreationTime": NOW - timedelta(hours=4),
    }


def checked(
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
    status: str = "InProgress",
    **job: Any,
) -> tuple[str, bool]:
    """The outcome, and whether the job was stopped."""
    sagemaker.add_job("j", status, **job)
    outcome = check(RUN, ledger, sagemaker, LOGS, now, spot_wait_minutes=30)["outcome"]
    return str(outcome), ("stop_job", "j") in sagemaker.calls


def test_a_spot_job_that_waits_too_long_for_an_instance_is_stopped(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    assert checked(ledger, sagemaker, **waiting(29)) == ("running", False)
    assert checked(ledger, sagemaker, **waiting(31)) == ("running", True)


def test_a_job_that_trains_or_is_no_spot_job_is_not_stopped(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    on_demand = {"EnableManagedSpotTraining": False}
    assert checked(ledger, sagemaker, **waiting(31) | on_demand) == ("running", False)
    assert checked(ledger, sagemaker, **waiting(31, "Downloading")) == (
        "running",
        False,
    )


@pytest.mark.parametrize(
    ("minutes", "later", "outcome"),
    [
        (31, ["Stopping", "Stopped"], "no_capacity"),
        (31, ["Stopped"], "no_capacity"),
        (10, ["Stopping", "Stopped"], "stopped"),
        (31, ["Training", "Stopping", "Stopped"], "stopped"),
        (31, ["MaxWaitTimeExceeded"], "stopped"),
    ],
)
def test_only_a_job_that_was_stopped_while_it_waited_so_long_lacked_capacity(
    minutes: float,
    later: list[str],
    outcome: str,
    ledger: MemoryLedger,
    sagemaker: MemorySageMaker,
) -> None:
    assert checked(ledger, sagemaker, "Stopped", **waiting(minutes, *later)) == (
        outcome,
        False,
    )


def test_a_job_that_gets_its_instance_while_it_is_given_up_lacked_capacity_all_the_same(
    ledger: MemoryLedger, sagemaker: MemorySageMaker
) -> None:
    assert checked(ledger, sagemaker, **waiting(31)) == ("running", True)
    trained = waiting(31, "Training", "Stopping", "Stopped")
    assert checked(ledger, sagemaker, "Stopped", **trained)[0] == "no_capacity"
    assert ledger.get_run(RUN).training.abandoned_jobs == ("j",)
