"""How a training job's record moves from status to status."""

from __future__ import annotations

from pathlib import Path

from localcloud.sagemaker.kinds import Body

MESSAGES = {
    "Starting": "Starting the training job",
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
_LEAVING = ("Interrupted", "Completed", "Failed", "Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded")
_MOST_REASON = 1024
INTERRUPTED = "InternalServerError: the local cloud was stopped while the job ran. Please retry."


def enter(job: Body, secondary: str, at: float) -> None:
    """Leave the current secondary status and enter the next."""
    transitions = job.setdefault("SecondaryStatusTransitions", [])
    if transitions:
        transitions[-1]["EndTime"] = at
    transitions.append({"Status": secondary, "StartTime": at, "StatusMessage": MESSAGES[secondary]})
    job["SecondaryStatus"] = secondary
    if secondary == "Downloading":
        job.setdefault("TrainingStartTime", at)


def end(job: Body, status: str, secondary: str, at: float, reason: str | None = None) -> None:
    """Enter a terminal status, with the times that depend on it."""
    enter(job, secondary, at)
    job["SecondaryStatusTransitions"][-1]["EndTime"] = at
    job["TrainingJobStatus"] = status
    job["TrainingEndTime"] = at
    if reason:
        job["FailureReason"] = reason[:_MOST_REASON]
    if "TrainingStartTime" in job:
        job["TrainingTimeInSeconds"] = max(1, round(at - job["TrainingStartTime"]))
        job["BillableTimeInSeconds"] = max(1, round(_seconds_on_machines(job["SecondaryStatusTransitions"])))


def _seconds_on_machines(transitions: list[Body]) -> float:
    """From each download to the end or the next interruption: a machine that is waited for costs nothing."""
    total, since = 0.0, None
    for each in transitions:
        if each["Status"] == "Downloading":
            since = each["StartTime"]
        elif since is not None and each["Status"] in _LEAVING:
            total, since = total + each["StartTime"] - since, None
    return total


def failure_reason(failure_file: Path, code: int, stderr: list[str], command: str) -> str:
    """`FailureReason` of a script that ended with `code`: its own failure file, or the end of its stderr."""
    ending = f", exit code: {code}"
    written = failure_file.read_text(errors="replace").strip() if failure_file.is_file() else ""
    if written:
        return _fit("AlgorithmError: ", written[:_MOST_REASON], ending)
    killed = 'ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"\n' if code == 137 else ""
    head = f'AlgorithmError: ExecuteUserScriptError:\nExitCode {code}\n{killed}ErrorMessage "'
    foot = f'"\nCommand "{command[:200]}"{ending}'
    return head + "\n".join(stderr)[-(_MOST_REASON - len(head) - len(foot)) :] + foot


def _fit(head: str, text: str, foot: str) -> str:
    return head + text[: _MOST_REASON - len(head) - len(foot)] + foot
