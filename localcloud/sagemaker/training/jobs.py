"""All training jobs of this local SageMaker."""

from __future__ import annotations

import threading
import time

from localcloud.sagemaker.kinds import TRAINING_JOB, Body
from localcloud.sagemaker.state import Context
from localcloud.sagemaker.training import job_status
from localcloud.sagemaker.training.job_life import Ending, JobRun


class Jobs:
    """Starts, stops and recovers jobs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._runs: dict[str, JobRun] = {}

    def start(self, name: str) -> None:
        run = JobRun(self._context, name)
        with self._lock:
            self._runs = {key: other for key, other in self._runs.items() if other.thread.is_alive()}
            self._runs[name] = run
            run.thread.start()

    def stop(self, name: str) -> None:
        """End a job on the user's behalf; its record says Stopping already."""
        run = self._runs.get(name)
        if run:
            run.end(Ending.STOP, self._context.settings.stop_grace)

    def interrupt(self, name: str) -> bool:
        """Take a spot job's machine away; False where it has none that could be taken."""
        run = self._runs.get(name)
        return bool(run and run.interrupt(self._context.settings.stop_grace))

    def recover(self) -> None:
        """Give jobs that an earlier life left unfinished the status they ended with."""
        for job in self._context.store.all(TRAINING_JOB):
            if job["TrainingJobStatus"] in ("InProgress", "Stopping"):
                self._context.change(TRAINING_JOB, job["TrainingJobName"], _interrupted)

    def shut_down(self) -> None:
        """End every job's processes; the next start gives the records their terminal job_status."""
        runs, grace = list(self._runs.values()), self._context.settings.shutdown_grace
        for run in runs:
            run.end(Ending.SHUTDOWN, grace)
        for run in runs:
            run.thread.join(grace + 2)


def _interrupted(job: Body) -> None:
    if job["TrainingJobStatus"] == "Stopping":
        job_status.end(job, "Stopped", "Stopped", time.time())
    else:
        job_status.end(job, "Failed", "Failed", time.time(), job_status.INTERRUPTED)
