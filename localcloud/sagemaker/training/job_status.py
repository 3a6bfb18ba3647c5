"""How a training job's record moves from status to status."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from localcloud.sagemaker.common.store import Body

MESSAGES = {
    "Starting": "Starting the training job",
    "Pending": "The training job is waiting for compute capacity",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
    "Interrupted": "Training job interrupted: its spot capacity was reclaimed",
}
"""Secondary status -> the `StatusMessage` of its transition."""
_LEAVES_MACHINE = (
    "Interrupted",
    "Completed",
    "Failed",
    "Stopped",
    "MaxRuntimeExceeded",
    "MaxWaitTimeExceeded",
)
_MAX_REASON_CHARACTERS = 1024
LOST_JOB_REASON = (
    "InternalServerError: the local cloud was stopped while the job ran. Please retry."
)


def enter(job: Body, secondary_status: str, time: float) -> None:
    """Leaves the current secondary status and enters the next. `time` is in epoch seconds."""
    transitions = job.setdefault("SecondaryStatusTransitions", [])
    if transitions:
        transitions[-1]["EndTime"] = time
    transitions.append(
        {
            "Status": secondary_status,
            "StartTime": time,
            "StatusMessage": MESSAGES[secondary_status],
        }
    )
    job["SecondaryStatus"] = secondary_status
    if secondary_status == "Downloading":
        job.setdefault("TrainingStartTime", time)


def end(
    job: Body,
    status: str,
    secondary_status: str,
    time: float,
    reason: str | None = None,
) -> None:
    """Enters a terminal status, with the times that depend on it."""
    enter(job, secondary_status, time)
    transitions = job["SecondaryStatusTransitions"]
    transitions[-1]["EndTime"] = time
    job["TrainingJobStatus"] = status
    job["TrainingEndTime"] = time
    if reason:
        job["FailureReason"] = reason[:_MAX_REASON_CHARACTERS]
    if "TrainingStartTime" in job:
        job["TrainingTimeInSeconds"] = max(1, round(time - job["TrainingStartTime"]))
        job["BillableTimeInSeconds"] = max(1, round(_seconds_on_machines(transitions)))


def _seconds_on_machines(transitions: Sequence[Body]) -> float:
    """From each download to the end or the next interruption: waiting for a machine costs nothing."""
    total, machine_since = 0.0, None
    for transition in transitions:
        start = transition["StartTime"]
        if transition["Status"] == "Downloading":
            machine_since = start
        elif machine_since is not None and transition["Status"] in _LEAVES_MACHINE:
            total += start - machine_since
            machine_since = None
    return total


def failure_reason(
    failure_file: Path, code: int, stderr: Sequence[str], command: str
) -> str:
    """`FailureReason` of a script that ended with `code`: its own failure file, or the end of its stderr."""
    end_of_text = f", exit code: {code}"
    written = (
        failure_file.read_text(errors="replace").strip()
        if failure_file.is_file()
        else ""
    )
    if written:
        head = "AlgorithmError: "
        return (
            head
            + written[: _MAX_REASON_CHARACTERS - len(head) - len(end_of_text)]
            + end_of_text
        )
    killed = (
        'ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"\n'
        if code == 137
        else ""
    )
    head = f'AlgorithmError: ExecuteUserScriptError:\nExitCode {code}\n{killed}ErrorMessage "'
    foot = f'"\nCommand "{command[:200]}"{end_of_text}'
    room = _MAX_REASON_CHARACTERS - len(head) - len(foot)
    return head + "\n".join(stderr)[-room:] + foot
