"""One training job from Starting to its terminal status, in a thread of its own.

Starting -> Downloading -> Training -> Uploading -> Completed | Failed; `end` cuts it short at any point. A spot job's
machine may be taken away: Interrupted -> Starting -> Downloading -> Training, with nothing but its checkpoints.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from enum import Enum
from typing import IO, TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker.errors import JobError
from localcloud.sagemaker.images import Image, UnknownImageError
from localcloud.sagemaker.kinds import TRAINING_JOB, Body
from localcloud.sagemaker.log_stream import LogStream
from localcloud.sagemaker.processes import MARKER, base_environment, end_group, exit_code, signal_group
from localcloud.sagemaker.state import Context
from localcloud.sagemaker.training import inputs, job_status, outputs
from localcloud.sagemaker.training.checkpoints import Checkpoints
from localcloud.sagemaker.training.job_files import JobPaths
from localcloud.sagemaker.training.machine import this_machine
from localcloud.sagemaker.training.metrics import Metrics
from localcloud.sagemaker.training.toolkit_command import training_command
from localcloud.sagemaker.training.toolkit_environment import toolkit_environment

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDatumTypeDef

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_DEFAULT_RUNTIME = 86_400
_STDERR_LINES = 30
_LONGEST_LINE = 100_000
_PUMP_SECONDS = 10.0
_METRICS_A_CALL = 500


class Ending(Enum):
    """Why a job is cut short; the value is its secondary job_status."""

    STOP = "Stopped"
    RUNTIME = "MaxRuntimeExceeded"
    WAIT = "MaxWaitTimeExceeded"
    SHUTDOWN = "Interrupted"


class _EndedError(Exception):
    """The job was cut short before its process ran."""


class _ReclaimedError(Exception):
    """The machine was taken away before the job's process ran."""


class JobRun:
    """The one thread that works on a job; `end` may be called from any other."""

    def __init__(self, context: Context, name: str) -> None:
        self.name = name
        self._context = context
        self._job: Body = context.store.get(TRAINING_JOB, name)
        self._paths = JobPaths(context.settings.state / "jobs" / name)
        self._metrics = Metrics(self._job["AlgorithmSpecification"].get("MetricDefinitions", []))
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._lock = threading.Lock()
        self._ending: Ending | None = None
        self._ended = threading.Event()
        self._has_machine = self._reclaimed = False
        self._process: subprocess.Popen[str] | None = None
        self._log: LogStream | None = None
        self.thread = threading.Thread(target=self._run, name=f"job {name}", daemon=True)

    def end(self, ending: Ending, grace: float) -> None:
        """SIGTERM to the job's processes, SIGKILL after `grace`; returns at once. The first reason given counts."""
        with self._lock:
            self._ending = self._ending or ending
            self._ended.set()
            process = self._process
        if process:
            threading.Thread(target=end_group, args=(process, grace), daemon=True).start()

    def interrupt(self, grace: float) -> bool:
        """As `end`, but the job starts again on another machine; False where it is on none."""
        with self._lock:
            if self._ending or self._reclaimed or not self._has_machine:
                return False
            self._reclaimed, process = True, self._process
        if process:
            threading.Thread(target=end_group, args=(process, grace), daemon=True).start()
        return True

    def _run(self) -> None:
        wait = self._stopping_condition.get("MaxWaitTimeInSeconds")
        with self._limited(wait, Ending.WAIT) if wait else nullcontext():
            self._finish(*self._outcome())

    @property
    def _stopping_condition(self) -> dict[str, float]:
        found: dict[str, float] = self._job.get("StoppingCondition", {})
        return found

    @contextmanager
    def _limited(self, seconds: float, ending: Ending) -> Iterator[None]:
        timer = threading.Timer(max(0.0, seconds), self.end, (ending, self._context.settings.stop_grace))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _outcome(self) -> tuple[str, str, str | None]:
        """Status, secondary status and failure reason the job ends with."""
        try:
            code, command = self._work()
            return self._deliver(code, command)
        except _EndedError:
            return self._cut_short()
        except JobError as error:
            return "Failed", "Failed", str(error)
        except Exception as error:  # the record must reach a terminal status whatever went wrong here
            return "Failed", "Failed", f"InternalServerError: {type(error).__name__}: {error}"

    def _work(self) -> tuple[int, list[str]]:
        """Everything up to the exit of the last process: its code and command."""
        image, used = self._image(), 0.0
        limit = self._stopping_condition.get("MaxRuntimeInSeconds", _DEFAULT_RUNTIME)
        while True:
            began = time.monotonic()
            with self._limited(limit - used, Ending.RUNTIME):
                result = self._on_machine(image)
            if result:
                return result
            used += time.monotonic() - began
            self._wait_for_capacity()

    def _on_machine(self, image: Image) -> tuple[int, list[str]] | None:
        """The life of one machine; None where it was taken away, whatever came of the process."""
        with self._lock:
            self._has_machine, self._reclaimed, self._process = True, False, None
        result = None
        try:
            result = self._train(image)
        except (JobError, _ReclaimedError):
            if not self._reclaimed:
                raise
        finally:
            with self._lock:
                self._has_machine = False
        return None if self._reclaimed and not self._ending else result

    def _wait_for_capacity(self) -> None:
        """Nothing of the machine is left but the log."""
        if self._log:
            self._log.close()
        self._enter("Interrupted")
        self._stderr.clear()
        self._paths.remove()
        self._ended.wait(self._context.settings.capacity_wait)
        self._enter("Starting")

    def _train(self, image: Image) -> tuple[int, list[str]]:
        s3 = self._context.services.s3
        self._enter("Downloading")
        self._paths.make(self._job)
        inputs.download_channels(s3, self._job, self._paths)
        inputs.download_source(s3, self._job, self._paths)
        command = training_command(image, self._job, self._paths, this_machine())
        with self._checkpoints():
            self._enter("Training")
            self._log = self._open_log()
            self._install_requirements(self._log)
            return self._execute(command, self._environment()), command

    def _deliver(self, code: int, command: list[str]) -> tuple[str, str, str | None]:
        """Upload what the process left and say how the job ended."""
        if self._ending is Ending.SHUTDOWN:
            return self._cut_short()
        s3 = self._context.services.s3
        failed = code != 0 and not self._ending
        if not self._ending:
            self._enter("Uploading")
        outputs.upload_output(s3, self._job, self._paths)
        if failed:
            failure_file = self._paths.output / "failure"
            reason = job_status.failure_reason(failure_file, code, list(self._stderr), shlex.join(command))
            return "Failed", "Failed", reason
        model = outputs.upload_model(s3, self._job, self._paths)
        if model:
            self._change(lambda job: job.update(ModelArtifacts={"S3ModelArtifacts": model}))
        return self._cut_short() if self._ending else ("Completed", "Completed", None)

    def _cut_short(self) -> tuple[str, str, str | None]:
        return "Stopped", (self._ending or Ending.STOP).value, None

    def _finish(self, state: str, secondary: str, reason: str | None) -> None:
        """The last lines reach the log before the terminal status is seen."""
        if self._log:
            self._log.close()
        if secondary == Ending.SHUTDOWN.value:
            return
        self._change(lambda job: job_status.end(job, state, secondary, time.time(), reason))
        if state != "Failed":
            self._paths.remove()

    def _image(self) -> Image:
        try:
            return self._context.settings.images.find(
                self._job["AlgorithmSpecification"].get("TrainingImage", ""), "training"
            )
        except UnknownImageError as error:
            raise JobError(f"ClientError: {error}") from error

    def _checkpoints(self) -> AbstractContextManager[object]:
        config = self._job.get("CheckpointConfig")
        if not config:
            return nullcontext()
        interval = self._context.settings.checkpoint_interval
        return Checkpoints(self._context.services.s3, self._paths.checkpoints, config["S3Uri"], interval)

    def _open_log(self) -> LogStream:
        settings = self._context.settings
        stream = f"{self.name}/algo-1-{int(time.time())}"
        return LogStream(
            self._context.services,
            LOG_GROUP,
            stream,
            file=self._paths.log,
            interval=settings.log_interval,
            after_batch=self._publish_metrics,
        )

    def _install_requirements(self, log: LogStream) -> None:
        lacking = inputs.lacking_requirements(self._paths)
        if not lacking:
            return
        log.write(f"Installing {', '.join(lacking)} from requirements.txt")
        marker = {MARKER: str(self._context.settings.state)}
        code = self._execute(inputs.install_command(self._paths), {**os.environ, **marker})
        if self._ending:
            raise _EndedError
        if self._reclaimed:
            raise _ReclaimedError
        if code:
            raise inputs.install_failure(code, list(self._stderr))
        self._stderr.clear()

    def _execute(self, command: list[str], environment: dict[str, str]) -> int:
        process = self._spawn(command, environment)
        pumps = [
            threading.Thread(target=self._pump, args=(process.stdout, None), daemon=True),
            threading.Thread(target=self._pump, args=(process.stderr, self._stderr), daemon=True),
        ]
        for pump in pumps:
            pump.start()
        code = process.wait()
        signal_group(process.pid, signal.SIGKILL)
        for pump in pumps:
            pump.join(_PUMP_SECONDS)
        return exit_code(code)

    def _spawn(self, command: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
        with self._lock:
            if self._ending:
                raise _EndedError
            if self._reclaimed:
                raise _ReclaimedError
            self._process = subprocess.Popen(
                command,
                cwd=self._paths.code,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            return self._process

    def _environment(self) -> dict[str, str]:
        settings, paths = self._context.settings, self._paths
        asked = {key: paths.local(value) for key, value in self._job.get("Environment", {}).items()}
        toolkit = toolkit_environment(self._job, paths, this_machine(), settings.region)
        path = [str(paths.code), str(paths.packages), asked.get("PYTHONPATH", "")]
        return {
            **base_environment(settings, os.environ),
            **asked,
            **toolkit,
            "PYTHONPATH": os.pathsep.join(part for part in path if part),
        }

    def _pump(self, stream: IO[str], keep: deque[str] | None) -> None:
        log = self._log
        for line in iter(lambda: stream.readline(_LONGEST_LINE), ""):
            if log:
                log.write(line)
            self._metrics.feed(line, time.time())
            if keep is not None and line.strip():
                keep.append(line.rstrip())

    def _publish_metrics(self) -> None:
        new = self._metrics.take_new()
        if not new:
            return
        self._context.store.change(
            TRAINING_JOB, self.name, lambda job: job.update(FinalMetricDataList=self._metrics.final())
        )
        dimensions: list[DimensionTypeDef] = [{"Name": "TrainingJobName", "Value": self.name}]
        data: list[MetricDatumTypeDef] = [
            {"MetricName": d.name, "Value": d.value, "Timestamp": _utc(d.at), "Dimensions": dimensions} for d in new
        ]
        for first in range(0, len(data), _METRICS_A_CALL):
            with suppress(BotoCoreError, ClientError):
                self._context.services.cloudwatch.put_metric_data(
                    Namespace=LOG_GROUP, MetricData=data[first : first + _METRICS_A_CALL]
                )

    def _enter(self, secondary: str) -> None:
        if self._ending:
            raise _EndedError
        self._change(lambda job: _enter_unless_stopping(job, secondary))

    def _change(self, edit: Callable[[Body], object]) -> None:
        self._job = self._context.change(TRAINING_JOB, self.name, edit)


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _enter_unless_stopping(job: Body, secondary: str) -> None:
    if job["TrainingJobStatus"] != "InProgress":
        raise _EndedError
    job_status.enter(job, secondary, time.time())
