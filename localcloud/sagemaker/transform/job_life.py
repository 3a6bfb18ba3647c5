"""One transform job: its model server started, its objects answered, their outputs written to S3.

See https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html. A model's own error fails its object, which
gets no output, and in the end the job; the other objects get theirs. A job that is stopped writes nothing:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StopTransformJob.html.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker.common import transfers
from localcloud.sagemaker.common.errors import DeploymentError, JobError
from localcloud.sagemaker.common.images import UnknownImageError
from localcloud.sagemaker.common.launch import Program
from localcloud.sagemaker.common.log_stream import LogStream
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import MODEL, TRANSFORM_JOB, Body, MissingError
from localcloud.sagemaker.common.threads import in_thread
from localcloud.sagemaker.hosting.build import (
    REALTIME_BODY_BYTES,
    prepare_server,
    role_credentials,
)
from localcloud.sagemaker.hosting.fleet import Fleet, Variant, with_last_lines
from localcloud.sagemaker.hosting.production_variant import Container
from localcloud.sagemaker.transform.job_request import TransformRequest
from localcloud.sagemaker.transform.object_transform import (
    ObjectError,
    ObjectTransform,
    execution_parameters,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FOLDER = "transform-jobs"
"""Below the state folder: the files of jobs in progress."""
LOG_GROUP = "/aws/sagemaker/TransformJobs"
OUTPUT_SUFFIX = ".out"
_SERVER = "server"
_PING_FAILED = (
    "AlgorithmError: The container did not pass the ping health check. "
    "See job logs for more information."
)


async def run_transform(state: SageMakerState, name: str) -> None:
    """Returns when the job is complete. Raises `JobError` with its failure reason; a stop cancels it."""
    folder = state.settings.state / FOLDER / name
    try:
        await _TransformRun(state, name, folder).run()
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


class _TransformRun:
    def __init__(self, state: SageMakerState, name: str, folder: Path) -> None:
        self._state, self._folder = state, folder
        self._request = TransformRequest.from_body(state.store.get(TRANSFORM_JOB, name))
        self._instance = f"{name}/i-{name[-12:]}-{int(time.time())}"
        self._inputs, self._outputs = folder / "input", folder / "output"

    async def run(self) -> None:
        self._state.change(TRANSFORM_JOB, self._request.name, _enter_processing)
        container = self._container()
        s3 = await in_thread(self._s3, container)
        await in_thread(self._download, s3)
        program = await in_thread(self._program, container)
        async with self._server(program) as fleet, self._data_log() as log:
            reason = await self._transform_all(fleet, log)
        await in_thread(self._upload, s3)
        if reason:
            raise JobError(f"{reason}: See job logs for more information")

    # ---- its model server ----------------------------------------------------------------------------------------

    def _container(self) -> Container:
        try:
            model = self._state.store.get(MODEL, self._request.model_name)
            container = Container.of_model(model)
        except (MissingError, DeploymentError) as error:
            raise JobError(f"ClientError: {error}") from error
        variables = self._request.container_environment()
        return replace(container, environment={**container.environment, **variables})

    def _s3(self, container: Container) -> S3Client:
        """S3 as the model's role: a transform job has no other."""
        try:
            credentials = role_credentials(self._state, container, self._request.name)
        except DeploymentError as error:
            raise JobError(f"ClientError: {error}") from error
        return self._state.s3_as(credentials)

    def _program(self, container: Container) -> Program:
        folder = self._folder / _SERVER / "algo-1"
        try:
            return prepare_server(self._state, container, self._request.name, folder)
        except (DeploymentError, UnknownImageError) as error:
            raise JobError(f"ClientError: {error}") from error

    @asynccontextmanager
    async def _server(self, program: Program) -> AsyncIterator[Fleet]:
        """A model server for each instance, ready."""
        settings = self._state.settings
        fleet = Fleet(
            self._request.name, self._folder / _SERVER, settings, self._state.launcher
        )
        variant = Variant(
            name="algo-1",
            weight=1.0,
            startup_timeout=settings.startup_timeout,
            max_body_bytes=REALTIME_BODY_BYTES,
            program=program,
            log=self._log(self._instance, f"{self._request.name}.log"),
        )
        count = min(self._request.instance_count, settings.max_processes)
        fleet.add(variant, count)
        try:
            await fleet.start()
            yield fleet
        except DeploymentError as error:
            text = with_last_lines(_PING_FAILED, variant.log)
            raise JobError(text) from error
        finally:
            # A stop that comes now must not leave processes behind.
            await asyncio.shield(fleet.stop(0.0, settings.drain_grace))

    @asynccontextmanager
    async def _data_log(self) -> AsyncIterator[LogStream]:
        """Where SageMaker itself writes: what it sends, and which object failed."""
        file = f"{self._request.name}.data.log"
        log = self._log(f"{self._instance}/data-log", file)
        try:
            yield log
        finally:
            await asyncio.to_thread(log.close)

    def _log(self, stream: str, file: str) -> LogStream:
        settings = self._state.settings
        return LogStream(
            self._state.clients.logs,
            LOG_GROUP,
            stream,
            file=settings.state / "logs" / file,
            interval_seconds=settings.log_interval,
        )

    # ---- its objects ---------------------------------------------------------------------------------------------

    async def _transform_all(self, fleet: Fleet, log: LogStream) -> str | None:
        """The kind of the first error, after every object was tried."""
        batching = self._request.batching(await execution_parameters(fleet))
        log.write(
            f"[sagemaker logs]: MaxConcurrentTransforms={batching.concurrent_transforms}, "
            f"MaxPayloadInMB={batching.payload_mb}, BatchStrategy={batching.container_strategy}"
        )
        transform = ObjectTransform(self._request, batching, fleet)
        reason = None
        for source in transfers.files_below(self._inputs):
            path = source.relative_to(self._inputs).as_posix()
            target = self._outputs / f"{path}{OUTPUT_SUFFIX}"
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                await transform.run(source, target)
            except ObjectError as error:
                target.unlink(missing_ok=True)
                reason = reason or error.reason
                for line in str(error).splitlines():
                    log.write(f"[sagemaker logs]: {path}: {line}")
        return reason

    def _download(self, s3: S3Client) -> None:
        uri = self._request.input_uri
        download = transfers.download_prefix
        if self._request.is_manifest:
            download = transfers.download_manifest
        try:
            count = download(s3, uri, self._inputs)
        except (ClientError, BotoCoreError, OSError, ValueError) as error:
            raise JobError(
                f"ClientError: Data download failed: {uri}: {error}"
            ) from error
        if not count:
            raise JobError(
                f"ClientError: Data download failed: no object is below {uri}. "
                "Please ensure that S3Uri of the job's input is right."
            )

    def _upload(self, s3: S3Client) -> None:
        files = transfers.files_below(self._outputs)
        uri = self._request.output_uri
        try:
            transfers.upload_files(s3, self._outputs, files, uri)
        except (S3UploadFailedError, BotoCoreError, OSError) as error:
            raise JobError(
                f"ClientError: Failed to upload to {uri}: {error}"
            ) from error


def _enter_processing(job: Body) -> None:
    job["TransformStartTime"] = time.time()
