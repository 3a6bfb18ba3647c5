from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.sagemaker.common.store import TRAINING_JOB
from localcloud.sagemaker.training.jobs import TrainingJobs
from tests.unit.localcloud.sagemaker.training.jobs import a_body
from tests.unit.localcloud.sagemaker.training.states import isolated_state


@pytest.mark.parametrize(
    ("status", "ending", "reason"),
    [
        (
            "InProgress",
            "Failed",
            "InternalServerError: the local cloud was stopped while the job ran. Please retry.",
        ),
        ("Stopping", "Stopped", None),
        ("Completed", "Completed", None),
    ],
)
def test_jobs_that_an_earlier_life_left_unfinished_end(
    tmp_path: Path, status: str, ending: str, reason: str | None
) -> None:
    state = isolated_state(tmp_path)
    state.store.insert(TRAINING_JOB, "job-1", a_body() | {"TrainingJobStatus": status})
    TrainingJobs(state).recover()
    job = state.store.get(TRAINING_JOB, "job-1")
    assert (job["TrainingJobStatus"], job.get("FailureReason")) == (ending, reason)
    state.store.close()


def test_a_job_that_does_not_run_has_no_machine_to_lose(tmp_path: Path) -> None:
    state = isolated_state(tmp_path)
    jobs = TrainingJobs(state)
    assert not jobs.interrupt("job-1")
    jobs.stop("job-1")
    state.store.close()
