"""Jobs beyond what the machine has room for wait, in the order of their creation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.localcloud.sagemaker.conftest import Local, running, wait_until

SPOT: dict[str, Any] = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60},
}


@pytest.fixture
def small(engine: str, tmp_path: Path) -> Iterator[Local]:
    """It runs one job at a time."""
    options = ("--stop-grace", "0.3", "--max-training-jobs", "1")
    yield from running(engine, tmp_path, *options)


def until_exists(path: Path) -> str:
    """A script that ends once there is such a file."""
    return f"import os, time\nwhile not os.path.exists({str(path)!r}):\n    time.sleep(0.02)\n"


def statuses(local: Local, name: str) -> list[str]:
    transitions = local.job(name)["SecondaryStatusTransitions"]
    return [transition["Status"] for transition in transitions]


def wait_for_status(local: Local, name: str, status: str) -> None:
    wait_until(lambda: local.job(name)["SecondaryStatus"] == status)


def test_a_job_without_room_is_pending_until_those_before_it_have_ended(
    small: Local, tmp_path: Path
) -> None:
    ends = [tmp_path / f"end-{number}" for number in range(3)]
    names = []
    for path in ends:
        names.append(small.train(until_exists(path)))
    wait_for_status(small, names[0], "Training")
    for name in names[1:]:
        wait_for_status(small, name, "Pending")
    assert small.job(names[1])["TrainingJobStatus"] == "InProgress"
    # The last may end at once, yet the second comes first.
    ends[2].touch()
    ends[0].touch()
    wait_for_status(small, names[1], "Training")
    assert small.job(names[2])["SecondaryStatus"] == "Pending"
    ends[1].touch()
    jobs = [small.finished(name) for name in names]
    assert [job["TrainingJobStatus"] for job in jobs] == ["Completed"] * 3
    ended = ["Downloading", "Training", "Uploading", "Completed"]
    assert statuses(small, names[0]) == ["Starting", *ended]
    for name in names[1:]:
        assert statuses(small, name) == ["Starting", "Pending", "Starting", *ended]
    # Nobody pays for waiting.
    assert jobs[1]["TrainingStartTime"] >= jobs[0]["TrainingEndTime"]


def test_a_job_that_waits_can_be_stopped(small: Local, tmp_path: Path) -> None:
    end = tmp_path / "end"
    first, second, third = (small.train(until_exists(end)) for _ in range(3))
    wait_for_status(small, second, "Pending")
    small.sagemaker.stop_training_job(TrainingJobName=second)
    job = small.finished(second)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "TrainingStartTime" not in job
    end.touch()
    for name in (first, third):
        assert small.finished(name)["TrainingJobStatus"] == "Completed"


def test_a_spot_job_waits_no_longer_than_it_may(small: Local, tmp_path: Path) -> None:
    end = tmp_path / "end"
    first = small.train(until_exists(end))
    limits = {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 1}
    second = small.train("", **SPOT | {"StoppingCondition": limits})
    job = small.finished(second)
    assert job["SecondaryStatus"] == "MaxWaitTimeExceeded"
    assert statuses(small, second)[:2] == ["Starting", "Pending"]
    end.touch()
    assert small.finished(first)["TrainingJobStatus"] == "Completed"


def test_a_spot_job_without_capacity_lets_others_run(small: Local) -> None:
    capacity = small.state / "capacity.json"
    capacity.write_text('{"spot": ["ml.m5.xlarge"]}')
    spot = small.train("", **SPOT)
    wait_for_status(small, spot, "Starting")
    assert small.finished(small.train(""))["TrainingJobStatus"] == "Completed"
    capacity.unlink()
    assert small.finished(spot)["TrainingJobStatus"] == "Completed"
