from __future__ import annotations

from typing import Any

import pytest

from localcloud.sagemaker.transform.jobs import end_job


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
