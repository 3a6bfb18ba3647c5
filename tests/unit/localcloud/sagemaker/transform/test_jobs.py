from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import TRANSFORM_JOB
from localcloud.sagemaker.transform.jobs import TransformJobs, end_job
from tests.unit.localcloud.sagemaker.training.states import isolated_state

_NAME = "job"
_TURNS = 20
"""Of the event loop: more than a task needs to end."""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("InProgress", {"TransformJobStatus": "Failed", "FailureReason": "why"}),
        ("Stopping", {"TransformJobStatus": "Stopped"}),
    ],
)
def test_a_job_that_is_being_stopped_ends_as_stopped(
    before: str, after: dict[str, str]
) -> None:
    job: dict[str, Any] = {"TransformJobStatus": before}
    end_job(job, "Failed", "why")
    assert job.pop("TransformEndTime")
    assert job == after


def _state_with_job(folder: Path, status: str) -> SageMakerState:
    state = isolated_state(folder)
    job = {
        "TransformJobName": _NAME,
        "TransformJobArn": "arn:aws:sagemaker:us-east-1:000000000000:transform-job/job",
        "TransformJobStatus": status,
    }
    state.store.insert(TRANSFORM_JOB, _NAME, job)
    return state


async def _take_turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)


def test_a_job_that_is_stopped_before_its_task_began_is_stopped(tmp_path: Path) -> None:
    state = _state_with_job(tmp_path, "Stopping")

    async def stop_at_once() -> None:
        jobs = TransformJobs(state)
        jobs.start(_NAME)
        jobs.stop(_NAME)
        await _take_turns()

    asyncio.run(stop_at_once())
    assert state.store.get(TRANSFORM_JOB, _NAME)["TransformJobStatus"] == "Stopped"


def test_a_job_that_the_end_of_the_cloud_cuts_off_stays_in_progress(
    tmp_path: Path,
) -> None:
    state = _state_with_job(tmp_path, "InProgress")

    async def end_at_once() -> None:
        jobs = TransformJobs(state)
        jobs.recover()
        await jobs.shut_down()
        await _take_turns()

    asyncio.run(end_at_once())
    assert state.store.get(TRANSFORM_JOB, _NAME)["TransformJobStatus"] == "InProgress"


def test_a_job_whose_record_is_incomplete_fails_with_the_reason(
    tmp_path: Path,
) -> None:
    state = _state_with_job(tmp_path, "InProgress")

    async def run() -> None:
        jobs = TransformJobs(state)
        jobs.recover()
        while state.store.get(TRANSFORM_JOB, _NAME)["TransformJobStatus"] != "Failed":
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(run(), 30))
    job = state.store.get(TRANSFORM_JOB, _NAME)
    assert job["FailureReason"] == "InternalServerError: KeyError: 'TransformInput'"
