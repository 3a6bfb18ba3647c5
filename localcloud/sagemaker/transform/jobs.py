"""All transform jobs of this local SageMaker: an asyncio task each, a few at once."""

from __future__ import annotations

import asyncio
import shutil
import time
from functools import partial

from localcloud.sagemaker.common.errors import JobError
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import TRANSFORM_JOB, Body, MissingError
from localcloud.sagemaker.transform.job_life import FOLDER, run_transform

_JOBS_AT_ONCE = 2
"""Jobs share this machine; the others wait, InProgress and without a start."""
_MAX_REASON_CHARACTERS = 1024


class TransformJobs:
    """Starts, stops and recovers jobs."""

    def __init__(self, state: SageMakerState) -> None:
        self._state = state
        self._loop = asyncio.get_running_loop()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_JOBS_AT_ONCE)
        self._closing = False

    def start(self, name: str) -> None:
        """Any thread may call it."""
        self._loop.call_soon_threadsafe(self._spawn, name)

    def stop(self, name: str) -> None:
        """Ends a job for the user. Its record says Stopping already. Any thread may call it."""
        self._loop.call_soon_threadsafe(self._cancel, name)

    def recover(self) -> None:
        """Begins again what an earlier life left in progress: no output is there before a job has ended."""
        shutil.rmtree(self._state.settings.state / FOLDER, ignore_errors=True)
        for job in self._state.store.all(TRANSFORM_JOB):
            if job["TransformJobStatus"] == "InProgress":
                self._spawn(job["TransformJobName"])
            elif job["TransformJobStatus"] == "Stopping":
                self._end(job["TransformJobName"], "Stopped")

    async def shut_down(self) -> None:
        """Ends every model server. The records stay as they are for the next start."""
        self._closing = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _spawn(self, name: str) -> None:
        task = self._loop.create_task(self._run(name))
        self._tasks[name] = task
        task.add_done_callback(partial(self._record_end, name))

    def _cancel(self, name: str) -> None:
        task = self._tasks.get(name)
        if task:
            task.cancel()

    async def _run(self, name: str) -> None:
        async with self._slots:
            await run_transform(self._state, name)

    def _record_end(self, name: str, task: asyncio.Task[None]) -> None:
        """Called however a task ends, for one that is cancelled before its first step never enters its code."""
        self._tasks.pop(name, None)
        if task.cancelled():
            if not self._closing:
                self._end(name, "Stopped")
            return
        error = task.exception()
        if error is None:
            self._end(name, "Completed")
        elif isinstance(error, JobError):
            self._end(name, "Failed", str(error))
        else:
            reason = f"InternalServerError: {type(error).__name__}: {error}"
            self._end(name, "Failed", reason)

    def _end(self, name: str, status: str, reason: str | None = None) -> None:
        edit = partial(end_job, status=status, reason=reason)
        try:
            self._state.change(TRANSFORM_JOB, name, edit)
        except MissingError:
            return


def end_job(job: Body, status: str, reason: str | None = None) -> None:
    """Enters a terminal status. A job that was being stopped is Stopped, however far it came."""
    if job["TransformJobStatus"] == "Stopping":
        status, reason = "Stopped", None
    job["TransformJobStatus"] = status
    job["TransformEndTime"] = time.time()
    if reason:
        job["FailureReason"] = reason[:_MAX_REASON_CHARACTERS]
