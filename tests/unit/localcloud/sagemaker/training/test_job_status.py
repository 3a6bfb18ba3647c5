from __future__ import annotations

from pathlib import Path

from localcloud.sagemaker.common.store import Body
from localcloud.sagemaker.training import job_status


def test_entering_a_status_ends_the_one_before() -> None:
    job: Body = {}
    job_status.enter(job, "Starting", 1.0)
    job_status.enter(job, "Downloading", 2.0)
    assert job["SecondaryStatus"] == "Downloading"
    assert job["TrainingStartTime"] == 2.0
    first, second = job["SecondaryStatusTransitions"]
    assert (first["StartTime"], first["EndTime"]) == (1.0, 2.0)
    assert "EndTime" not in second


def test_the_end_counts_the_time_from_the_download() -> None:
    job: Body = {}
    job_status.enter(job, "Starting", 1.0)
    job_status.enter(job, "Downloading", 10.0)
    job_status.end(job, "Completed", "Completed", 70.4)
    assert (job["TrainingJobStatus"], job["TrainingEndTime"]) == ("Completed", 70.4)
    assert (job["TrainingTimeInSeconds"], job["BillableTimeInSeconds"]) == (60, 60)
    assert job["SecondaryStatusTransitions"][-1]["EndTime"] == 70.4
    assert "FailureReason" not in job


def test_a_machine_that_is_waited_for_is_training_time_but_not_billed() -> None:
    job: Body = {}
    moves = [
        ("Starting", 1.0),
        ("Downloading", 10.0),
        ("Training", 20.0),
        ("Interrupted", 50.0),
    ]
    moves += [
        ("Starting", 90.0),
        ("Downloading", 100.0),
        ("Training", 101.0),
        ("Uploading", 109.0),
    ]
    for secondary, position in moves:
        job_status.enter(job, secondary, position)
    job_status.end(job, "Completed", "Completed", 110.0)
    assert job["TrainingStartTime"] == 10.0
    assert (job["TrainingTimeInSeconds"], job["BillableTimeInSeconds"]) == (100, 50)


def test_a_job_stopped_while_it_waits_is_billed_up_to_the_interruption() -> None:
    job: Body = {}
    for secondary, position in (
        ("Downloading", 10.0),
        ("Training", 12.0),
        ("Interrupted", 30.0),
        ("Stopping", 40.0),
    ):
        job_status.enter(job, secondary, position)
    job_status.end(job, "Stopped", "Stopped", 41.0)
    assert (job["TrainingTimeInSeconds"], job["BillableTimeInSeconds"]) == (31, 20)


def test_a_job_that_never_started_has_no_training_time() -> None:
    job: Body = {}
    job_status.enter(job, "Starting", 1.0)
    job_status.end(job, "Failed", "Failed", 2.0, "ClientError: no")
    assert job["FailureReason"] == "ClientError: no"
    assert "TrainingTimeInSeconds" not in job


def test_the_failure_file_is_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "failure"
    file.write_text("x" * 3000)
    reason = job_status.failure_reason(file, 7, ["stderr"], "python train.py")
    assert reason.startswith("AlgorithmError: xxx")
    assert reason.endswith("xxx, exit code: 7")
    assert len(reason) == 1024


def test_without_a_failure_file_the_end_of_stderr_is_the_reason(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(400)]
    reason = job_status.failure_reason(
        tmp_path / "failure", 1, lines, "python train.py"
    )
    assert reason.startswith(
        'AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage "'
    )
    assert reason.endswith('line 399"\nCommand "python train.py", exit code: 1')
    assert len(reason) == 1024


def test_sigkill_hints_at_memory(tmp_path: Path) -> None:
    reason = job_status.failure_reason(tmp_path / "failure", 137, [], "python train.py")
    assert (
        'ExitCode 137\nExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"\n'
        in reason
    )
