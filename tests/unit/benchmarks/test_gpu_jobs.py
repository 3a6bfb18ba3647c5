from __future__ import annotations

import pytest

from benchmarks.gpu_jobs import JobError, steps_of

RESUMED = "[ 1.0 s] Going on from the checkpoint at step 1,007\n"


def test_a_resumed_job_ends_with_its_last_step() -> None:
    log = RESUMED + "[metric] step=1009 loss=1\n[metric] step=1012 loss=1\n"
    assert steps_of(log, 1012) == {"resumed_at_step": 1007, "last_step": 1012}


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (
            "[metric] step=12\n",
            "expected the job to go on from a checkpoint; found none",
        ),
        (RESUMED, r"expected steps after 1007 up to 12; found \[\]"),
        (RESUMED + "[metric] step=1\n[metric] step=12\n", r"found \[1, 12\]"),
        (RESUMED + "[metric] step=11\n", r"found \[11\]"),
    ],
)
def test_a_job_that_begins_anew_or_ends_elsewhere_is_refused(
    log: str, message: str
) -> None:
    with pytest.raises(JobError, match=message):
        steps_of(log, 12)
