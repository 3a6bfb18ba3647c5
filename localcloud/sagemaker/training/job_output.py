"""What the programs of a job print: it goes to the job's log, metrics are read from it, the end of stderr is kept."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

from localcloud.sagemaker.common.launch import RunningProgram, exit_code, signal_group
from localcloud.sagemaker.common.log_stream import LogStream
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import TRAINING_JOB
from localcloud.sagemaker.training import metrics
from localcloud.sagemaker.training.job_paths import HOST, JobPaths
from localcloud.sagemaker.training.job_request import JobRequest
from localcloud.sagemaker.training.metrics import MetricCollector

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_STDERR_LINES = 30
_MAX_LINE_CHARACTERS = 100_000
_LAST_LINES_SECONDS = 10.0
"""How long the last lines of an ended program may take to arrive."""


class JobOutput:
    """The output of one job, from all programs and all machines it runs on. One thread runs programs."""

    def __init__(self, state: SageMakerState, job: JobRequest, paths: JobPaths) -> None:
        self._state, self._job, self._paths = state, job, paths
        self._metrics = MetricCollector(job.metric_definitions)
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._log: LogStream | None = None

    @property
    def stderr(self) -> list[str]:
        """The last lines that the programs wrote to stderr, blank ones left out."""
        return list(self._stderr)

    def open_log(self) -> None:
        """Begins a log stream, as every machine has one of its own."""
        settings = self._state.settings
        self._log = LogStream(
            self._state.clients.logs,
            LOG_GROUP,
            f"{self._job.name}/{HOST}-{int(time.time())}",
            file=self._paths.log,
            interval_seconds=settings.log_interval,
            after_batch=self._publish_metrics,
        )

    def close_log(self) -> None:
        """Sends the last lines and metrics."""
        if self._log:
            self._log.close()

    def clear_stderr(self) -> None:
        self._stderr.clear()

    def write(self, line: str) -> None:
        if self._log:
            self._log.write(line)

    def run(self, start: Callable[[int, int], RunningProgram]) -> int:
        """Runs a program until it ends, and ends its process group.

        `start` gets the file descriptors of stdout and stderr. Returns the exit code.
        """
        stdout, stdout_end = os.pipe()
        stderr, stderr_end = os.pipe()
        try:
            program = start(stdout_end, stderr_end)
        except BaseException:
            os.close(stdout)
            os.close(stderr)
            raise
        finally:
            os.close(stdout_end)
            os.close(stderr_end)
        readers = [
            self._read(stdout, self._read_line),
            self._read(stderr, self._read_stderr_line),
        ]
        code = program.wait()
        signal_group(program.pid, signal.SIGKILL)
        for reader in readers:
            reader.join(_LAST_LINES_SECONDS)
        return exit_code(code)

    def _read(self, descriptor: int, handle: Callable[[str], None]) -> threading.Thread:
        stream = open(descriptor, encoding="utf-8", errors="replace")  # noqa: SIM115  (the thread closes it)
        thread = threading.Thread(
            target=_read_lines, args=(stream, handle), daemon=True
        )
        thread.start()
        return thread

    def _read_line(self, line: str) -> None:
        self.write(line)
        self._metrics.read_line(line, time.time())

    def _read_stderr_line(self, line: str) -> None:
        self._read_line(line)
        if line.strip():
            self._stderr.append(line.rstrip())

    def _publish_metrics(self) -> None:
        values = self._metrics.take_unpublished()
        if not values:
            return
        final = self._metrics.final_list()
        self._state.store.change(
            TRAINING_JOB,
            self._job.name,
            lambda job: job.update(FinalMetricDataList=final),
        )
        metrics.publish(
            self._state.clients.cloudwatch, LOG_GROUP, self._job.name, values
        )


def _read_lines(stream: TextIO, handle: Callable[[str], None]) -> None:
    with stream:
        while line := stream.readline(_MAX_LINE_CHARACTERS):
            handle(line)
