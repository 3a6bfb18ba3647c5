"""One training job from Starting to its terminal status, in a thread of its own.

Starting -> Downloading -> Training -> Uploading -> Completed | Failed; `stop` cuts it short at any point. While the
machine has no room the job waits: Starting -> Pending -> Starting. A spot job's machine may be taken away:
Interrupted -> Starting -> Downloading -> Training, with nothing but its checkpoints.
"""

from __future__ import annotations

import os
import shlex
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING

from contracts.environment import LOCAL_STATE
from localcloud.sagemaker.common.errors import JobError, RoleError
from localcloud.sagemaker.common.image_environments import (
    activated,
    with_environment,
    with_launcher,
)
from localcloud.sagemaker.common.images import Image, UnknownImageError
from localcloud.sagemaker.common.launch import (
    Program,
    RunningProgram,
    end_container,
    end_group,
)
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import TRAINING_JOB, Body
from localcloud.sagemaker.training import job_files, job_status, requirements
from localcloud.sagemaker.training.capacity import NO_CAPACITY, Capacity
from localcloud.sagemaker.training.checkpoints import CheckpointSync
from localcloud.sagemaker.training.former_names import with_former_names
from localcloud.sagemaker.training.job_output import JobOutput
from localcloud.sagemaker.training.job_paths import JobPaths
from localcloud.sagemaker.training.job_request import JobRequest
from localcloud.sagemaker.training.job_result import Exit, JobResult, StopReason
from localcloud.sagemaker.training.machine_queue import Place
from localcloud.sagemaker.training.own_entrypoint import (
    entrypoint_command,
    entrypoint_environment,
    with_entrypoint,
)
from localcloud.sagemaker.training.toolkit_command import (
    Machine,
    container_command,
    this_machine,
    training_command,
)
from localcloud.sagemaker.training.toolkit_environment import (
    container_environment,
    job_environment,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CAPACITY_POLL_SECONDS = 0.2
_ROOM_POLL_SECONDS = 0.5


class _StoppedError(Exception):
    """The job was cut short before its program ran."""


class _ReclaimedError(Exception):
    """The machine was taken away before the job's program ran."""


class JobRun:
    """The one thread that works on a job. Any other thread may call `stop` and `interrupt`."""

    def __init__(self, state: SageMakerState, name: str, place: Place) -> None:
        self._state = state
        self._place = place
        self._job = JobRequest.from_body(state.store.get(TRAINING_JOB, name))
        self._paths = JobPaths(state.settings.state / "jobs" / name)
        self._output = JobOutput(state, self._job, self._paths)
        self._lock = threading.Lock()
        self._stop_reason: StopReason | None = None
        self._stopped = threading.Event()
        self._on_machine = False
        self._reclaimed = False
        self._program: RunningProgram | None = None
        self.thread = threading.Thread(
            target=self._run, name=f"job {name}", daemon=True
        )

    def stop(self, reason: StopReason, grace: float) -> None:
        """SIGTERM to the container's first process, SIGKILL to all after `grace` seconds.

        Returns at once; the first reason counts. A shutdown asks every process to end.
        """
        with self._lock:
            self._stop_reason = self._stop_reason or reason
            self._stopped.set()
            program = self._program
        end = end_group if reason is StopReason.SHUTDOWN else end_container
        _end_in_background(end, program, grace)

    def interrupt(self, grace: float) -> bool:
        """As `stop`, but the job starts again on another machine. False where it is on none."""
        with self._lock:
            if self._stop_reason or self._reclaimed or not self._on_machine:
                return False
            self._reclaimed = True
            program = self._program
        _end_in_background(end_container, program, grace)
        return True

    # ---- the job's life ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        limit = self._time_limit(self._job.max_wait, StopReason.MAX_WAIT)
        with self._place, limit:
            self._finish(self._result())

    @contextmanager
    def _time_limit(self, seconds: float | None, reason: StopReason) -> Iterator[None]:
        if seconds is None:
            yield
            return
        grace = self._state.settings.stop_grace
        timer = threading.Timer(max(0.0, seconds), self.stop, (reason, grace))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _result(self) -> JobResult:
        try:
            return self._deliver(self._train_on_machines())
        except _StoppedError:
            return self._stopped_result()
        except JobError as error:
            return JobResult("Failed", "Failed", str(error))
        except (
            Exception
        ) as error:  # the record must reach a terminal status whatever went wrong here
            return JobResult(
                "Failed",
                "Failed",
                f"InternalServerError: {type(error).__name__}: {error}",
            )

    def _train_on_machines(self) -> Exit:
        """Trains on one machine after another until a program ends by itself or is stopped."""
        image = self._image()
        seconds_left = self._job.max_runtime
        while True:
            self._wait_for_machine()
            started = time.monotonic()
            with self._time_limit(seconds_left, StopReason.MAX_RUNTIME):
                program_exit = self._train_on_one_machine(image)
            if program_exit:
                return program_exit
            seconds_left -= time.monotonic() - started
            self._leave_machine()

    def _train_on_one_machine(self, image: Image) -> Exit | None:
        """None where the machine was taken away, whatever became of the program."""
        with self._lock:
            self._on_machine = True
            self._reclaimed = False
            self._program = None
        program_exit = None
        try:
            program_exit = self._train(image)
        except (JobError, _ReclaimedError):
            if not self._reclaimed:
                raise
        finally:
            with self._lock:
                self._on_machine = False
        if self._reclaimed and not self._stop_reason:
            return None
        return program_exit

    def _wait_for_machine(self) -> None:
        """A spot job waits until its type has capacity, each for room. Raises `JobError` for one that does not wait."""
        state, instance_type = self._state.settings.state, self._job.instance_type
        if not self._job.spot and instance_type in Capacity.read(state).on_demand:
            raise JobError(NO_CAPACITY)
        while self._job.spot and instance_type in Capacity.read(state).spot:
            self._place.leave()
            self._sleep(_CAPACITY_POLL_SECONDS)
        self._place.join()
        self._wait_for_room()

    def _wait_for_room(self) -> None:
        if self._place.take():
            return
        self._enter("Pending")
        while not self._place.take():
            self._sleep(_ROOM_POLL_SECONDS)
        self._enter("Starting")

    def _sleep(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise _StoppedError

    def _leave_machine(self) -> None:
        """Nothing of the old machine is left but the log."""
        self._output.close_log()
        self._enter("Interrupted")
        self._output.clear_stderr()
        self._paths.remove()
        self._place.leave()
        self._stopped.wait(self._state.settings.capacity_wait)
        self._enter("Starting")

    def _train(self, image: Image) -> Exit:
        s3, job, paths, machine = self._s3, self._job, self._paths, this_machine()
        self._enter("Downloading")
        paths.make(job)
        job_files.download_channels(s3, job, paths)
        image = self._with_launcher(image)
        if not image.is_container and not job.entrypoint:
            job_files.download_source(s3, job, paths)
        image = self._with_packages(image)
        command = (
            entrypoint_command(job, paths)
            if job.entrypoint
            else training_command(image, job, paths, machine)
        )
        with self._checkpoint_sync():
            self._enter("Training")
            self._output.open_log()
            self._install_requirements(image)
            environment = activated(image, self._environment(image, machine))
            environment |= self._credentials
            program = with_former_names(self._job.image, image, command)
            code = self._execute(container_command(image, program), environment)
            return Exit(code, [*job.entrypoint, *job.arguments] or command)

    def _deliver(self, program_exit: Exit) -> JobResult:
        """Uploads what the program left and tells how the job ends."""
        if self._stop_reason is StopReason.SHUTDOWN:
            return self._stopped_result()
        s3 = self._s3
        failed = program_exit.code != 0 and not self._stop_reason
        if not self._stop_reason:
            self._enter("Uploading")
        job_files.upload_output(s3, self._job, self._paths)
        if failed:
            return JobResult("Failed", "Failed", self._failure_reason(program_exit))
        model_uri = job_files.upload_model(s3, self._job, self._paths)
        if model_uri:
            self._change(
                lambda job: job.update(ModelArtifacts={"S3ModelArtifacts": model_uri})
            )
        return (
            self._stopped_result()
            if self._stop_reason
            else JobResult("Completed", "Completed")
        )

    def _failure_reason(self, program_exit: Exit) -> str:
        command = shlex.join(program_exit.command)
        return job_status.failure_reason(
            self._paths.failure, program_exit.code, self._output.stderr, command
        )

    def _stopped_result(self) -> JobResult:
        reason = self._stop_reason or StopReason.REQUEST
        return JobResult("Stopped", reason.value)

    def _finish(self, result: JobResult) -> None:
        """The last lines reach the log before the terminal status is seen. A shutdown leaves the record as it is."""
        self._output.close_log()
        if result.secondary_status == StopReason.SHUTDOWN.value:
            return
        self._change(
            lambda job: job_status.end(
                job,
                result.status,
                result.secondary_status,
                time.time(),
                result.failure_reason,
            )
        )
        if result.status != "Failed":
            self._paths.remove()

    # ---- its role ------------------------------------------------------------------------------------------------

    @cached_property
    def _credentials(self) -> dict[str, str]:
        """Environment variables with the credentials of the job's role. Raises `JobError`."""
        try:
            job = self._job
            return self._state.access.credentials(
                job.role_arn, job.name, job.session_tags
            )
        except RoleError as error:
            raise JobError(f"ClientError: {error}") from error

    @cached_property
    def _s3(self) -> S3Client:
        """S3 as the job's role."""
        return self._state.s3_as(self._credentials)

    # ---- its parts -----------------------------------------------------------------------------------------------

    def _image(self) -> Image:
        try:
            return self._state.settings.images.find(self._job.image, "training")
        except UnknownImageError as error:
            raise JobError(f"ClientError: {error}") from error

    def _with_launcher(self, image: Image) -> Image:
        launchers = self._state.settings.launchers
        return with_launcher(image, self._job.image, launchers, self._paths.folder)

    def _environment(self, image: Image, machine: Machine) -> dict[str, str]:
        settings = self._state.settings
        if self._job.entrypoint:
            return entrypoint_environment(self._job, settings)
        if image.is_container:
            return container_environment(self._job, self._paths, settings)
        return job_environment(self._job, self._paths, machine, settings)

    def _with_packages(self, image: Image) -> Image:
        """The image's packages, and those that the source and the drop's code name."""
        files = requirements.requirements_files(self._paths)
        views = self._state.settings.package_views
        image = with_environment(image, self._job.image, views, *files)
        return with_entrypoint(image, self._paths) if self._job.entrypoint else image

    def _checkpoint_sync(self) -> AbstractContextManager[object]:
        uri = self._job.checkpoint_uri
        if uri is None:
            return nullcontext()
        interval = self._state.settings.checkpoint_interval
        return CheckpointSync(self._s3, self._paths.checkpoints, uri, interval)

    def _install_requirements(self, image: Image) -> None:
        """A launcher of an image's own does it itself."""
        lines = requirements.lacking_requirements(self._paths)
        if image.is_container or not lines:
            return
        self._output.write(f"Installing {', '.join(lines)} from requirements.txt")
        environment = {**os.environ, LOCAL_STATE: str(self._state.settings.state)}
        code = self._execute(
            requirements.install_command(image.python, self._paths), environment
        )
        self._check_not_ended()
        if code:
            raise requirements.install_failure(code, self._output.stderr)
        self._output.clear_stderr()

    def _execute(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Runs a program of the job and returns its exit code. Raises if the job ended or lost its machine before."""
        program = Program(command, environment, self._paths.code)

        def start(stdout: int, stderr: int) -> RunningProgram:
            with self._lock:
                self._check_not_ended()
                self._program = self._state.launcher(program, stdout, stderr)
                self._place.pid = self._program.pid
                return self._program

        return self._output.run(start)

    def _check_not_ended(self) -> None:
        if self._stop_reason:
            raise _StoppedError
        if self._reclaimed:
            raise _ReclaimedError

    def _enter(self, secondary_status: str) -> None:
        if self._stop_reason:
            raise _StoppedError
        self._change(lambda job: _enter_unless_stopping(job, secondary_status))

    def _change(self, edit: Callable[[Body], object]) -> None:
        self._state.change(TRAINING_JOB, self._job.name, edit)


def _enter_unless_stopping(job: Body, secondary_status: str) -> None:
    if job["TrainingJobStatus"] != "InProgress":
        raise _StoppedError
    job_status.enter(job, secondary_status, time.time())


def _end_in_background(
    end: Callable[[RunningProgram, float], None],
    program: RunningProgram | None,
    grace: float,
) -> None:
    if program:
        threading.Thread(target=end, args=(program, grace), daemon=True).start()
