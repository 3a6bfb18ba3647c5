"""All training jobs of this local SageMaker."""

from __future__ import annotations

import os
import shutil
import threading
import time

from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import TRAINING_JOB, Body
from localcloud.sagemaker.training import job_status
from localcloud.sagemaker.training.job_life import JobRun
from localcloud.sagemaker.training.job_result import StopReason
from localcloud.sagemaker.training.machine_queue import MachineQueue

_JOIN_SECONDS = 2.0
"""For a job's thread to end once its processes have."""


class TrainingJobs:
    """Starts, stops and recovers jobs."""

    def __init__(self, state: SageMakerState) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._runs: dict[str, JobRun] = {}
        self._queue = MachineQueue.of_this_machine(
            state.settings.max_training_jobs, os.cpu_count() or 1
        )

    def start(self, name: str) -> None:
        """Begins the job, or lets it wait until those before it leave room."""
        with self._lock:
            run = JobRun(self._state, name, self._queue.new_place())
            self._forget_ended_runs()
            self._runs[name] = run
            run.thread.start()

    def _forget_ended_runs(self) -> None:
        self._runs = {
            name: run for name, run in self._runs.items() if run.thread.is_alive()
        }

    def stop(self, name: str) -> None:
        """Ends a job for the user. Its record says Stopping already."""
        run = self._runs.get(name)
        if run:
            run.stop(StopReason.REQUEST, self._state.settings.stop_grace)

    def forget(self, name: str) -> None:
        """Removes the files of a job that has ended."""
        run = self._runs.pop(name, None)
        if run:
            run.thread.join(_JOIN_SECONDS)
        shutil.rmtree(self._state.settings.state / "jobs" / name, ignore_errors=True)

    def interrupt(self, name: str) -> bool:
        """Takes a spot job's machine away. False where it has none that could be taken."""
        run = self._runs.get(name)
        return bool(run and run.interrupt(self._state.settings.stop_grace))

    def recover(self) -> None:
        """Gives jobs that an earlier life left unfinished a terminal status."""
        for job in self._state.store.all(TRAINING_JOB):
            if job["TrainingJobStatus"] in ("InProgress", "Stopping"):
                self._state.change(
                    TRAINING_JOB, job["TrainingJobName"], _end_unfinished
                )

    def shut_down(self) -> None:
        """Ends every job's processes. The next start gives the records their terminal status."""
        runs = list(self._runs.values())
        grace = self._state.settings.shutdown_grace
        for run in runs:
            run.stop(StopReason.SHUTDOWN, grace)
        for run in runs:
            run.thread.join(grace + _JOIN_SECONDS)


def _end_unfinished(job: Body) -> None:
    if job["TrainingJobStatus"] == "Stopping":
        job_status.end(job, "Stopped", "Stopped", time.time())
    else:
        job_status.end(job, "Failed", "Failed", time.time(), job_status.LOST_JOB_REASON)
