"""One asynchronous invocation: its input read from S3, the model asked, its result written to S3 and announced.

The texts of failures that are not the model's own, and that they are written to `S3FailurePath` too, are not verified
on AWS.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import httpx
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from localcloud.sagemaker.async_inference.notifications import (
    Result,
    message,
    topic_of,
)
from localcloud.sagemaker.async_inference.queue import (
    InvocationQueue,
    Notification,
    QueuedInvocation,
)
from localcloud.sagemaker.async_inference.role_clients import RoleClients
from localcloud.sagemaker.common import transfers
from localcloud.sagemaker.common.errors import RoleError
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.threads import in_thread
from localcloud.sagemaker.hosting.async_metrics import AsyncMetrics
from localcloud.sagemaker.hosting.endpoints import Endpoints
from localcloud.sagemaker.hosting.fleet import Fleet, NoCapacityError, Variant
from localcloud.sagemaker.hosting.model_client import (
    ConnectionLostError,
    ModelResponse,
    UnreachableError,
)

FOLDER = "async-inference"
"""Below the state folder: inputs and responses on their way."""
MAX_INPUT_BYTES = 1_000_000_000
_COPY_BYTES = 1_048_576
_RETRY_SECONDS = 45.0
"""For S3, SNS and IAM that are away, as while the engine starts again."""
_RETRY_DELAY_SECONDS = 0.5
_SERVER_WAIT_SECONDS = 1.0
"""After it another fleet may be the live one."""
_SERVER_DELAY_SECONDS = 0.2
_MAX_LOST_CONNECTIONS = 3
"""How often one request may lose its model server. After that the request itself must be what ends it."""
_UNKNOWN_TYPE = "binary/octet-stream"
"""S3's own type of objects that were written without one."""
_AWAY = (HTTPClientError, httpx.TransportError)
_REFUSALS = (
    ClientError,
    BotoCoreError,
    S3UploadFailedError,
    RoleError,
    httpx.TransportError,
    OSError,
    ValueError,
)
Parameters = ParamSpec("Parameters")
Value = TypeVar("Value")


class FailedInvocationError(Exception):
    """The text is the `failureReason`. `response` is what the container answered, where it did."""

    def __init__(
        self,
        reason: str,
        response: Path | None = None,
        content_type: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.response, self.content_type = response, content_type


class DroppedInvocationError(Exception):
    """The endpoint was deleted, and its backlog with it."""


@dataclass(frozen=True)
class Services:
    """What every invocation works with."""

    state: SageMakerState
    endpoints: Endpoints
    queue: InvocationQueue
    clients: RoleClients
    metrics: AsyncMetrics


@dataclass
class Server:
    """The variant that answers."""

    fleet: Fleet
    variant: Variant


class InvocationRun:
    """`server` is None for a request that expired while there was none."""

    def __init__(
        self,
        services: Services,
        queued: QueuedInvocation,
        server: Server | None,
        role_arn: str | None,
    ) -> None:
        self._services, self._queued, self._server = services, queued, server
        self._request, self._role_arn = queued.request, role_arn
        self._variant_name = server.variant.name if server else ""
        settings = services.state.settings
        self._region = settings.region
        self._folder = settings.state / FOLDER / str(queued.number)

    async def process(self) -> None:
        """Returns when the request is done with. One whose result is in S3 already is only announced."""
        notification = self._queued.notification
        if notification is None:
            notification = await self._written(self._answer)
        await self._end(notification)

    async def expire(self) -> None:
        """Ends a request that has waited too long."""
        self._count("ExpiredRequests")
        await self._end(await self._written(self._refuse_expired))

    async def _refuse_expired(self) -> Result:
        seconds = self._request.expires - self._request.received
        raise FailedInvocationError(
            f"ClientError: The request expired: it waited longer than {seconds:.0f} s in the queue."
        )

    async def _written(self, answer: Callable[[], Awaitable[Result]]) -> Notification:
        """Writes a result to S3, which is committed before it is announced."""
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            result = await self._result(answer)
            topic = topic_of(self._request, result)
            text = message(self._request, result, self._region)
        finally:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        notification = Notification(topic, text, self._role_arn)
        self._services.queue.set_notification(self._queued.number, notification)
        return notification

    async def _result(self, answer: Callable[[], Awaitable[Result]]) -> Result:
        try:
            result = await answer()
            self._log("Inference request succeeded.")
            return result
        except DroppedInvocationError:
            raise
        except FailedInvocationError as error:
            failure = error
        except (
            Exception
        ) as error:  # whatever it was, an invocation ends in a stated way
            text = f"InternalServerError: {type(error).__name__}: {error}"
            failure = FailedInvocationError(text)
        self._count("InvocationFailures")
        self._log(str(failure))
        return await self._write_failure(failure)

    async def _end(self, notification: Notification) -> None:
        if notification.topic:
            try:
                await self._call(self._publish, notification)
            except _REFUSALS as error:
                self._count("NotificationFailures")
                self._log(f"The notification was not sent: {error}")
        self._services.queue.remove(self._queued.number)
        seconds = time.time() - self._request.received
        metrics = self._services.metrics
        metrics.note_end(self._request.endpoint, self._variant_name, seconds)

    # ---- the answer ----------------------------------------------------------------------------------------------

    async def _answer(self) -> Result:
        self._time("TimeInBacklog", self._request.received)
        source, target = self._folder / "input", self._folder / "output"
        content_type = await self._read_input(source)
        response = await self._ask_model(source, target, content_type)
        response_type = response.headers.get("content-type")
        if response.status >= 400:
            kind = "client" if response.status < 500 else "server"
            raise FailedInvocationError(
                f"ClientError: Received {kind} error ({response.status}) from model. "
                "See the SageMaker Endpoint logs in your account for more information.",
                target,
                response_type,
            )
        location = self._request.output_location
        if location:
            await self._write_output(target, location, response_type)
        return Result(None, target, response_type, location)

    async def _read_input(self, target: Path) -> str | None:
        """The input in a file, and its type: the request's or else the object's."""
        location, payload = self._request.input_location, self._queued.payload
        if location is None:
            await asyncio.to_thread(target.write_bytes, payload or b"")
            return self._request.content_type
        start = time.time()
        try:
            object_type = await self._call(self._download, location, target)
        except _REFUSALS as error:
            self._count("RequestDownloadFailures")
            raise FailedInvocationError(
                f"ClientError: Failed to download the input {location}: {error}"
            ) from error
        self._time("RequestDownloadLatency", start)
        known_type = None if object_type == _UNKNOWN_TYPE else object_type
        return self._request.content_type or known_type

    async def _ask_model(
        self, source: Path, target: Path, content_type: str | None
    ) -> ModelResponse:
        seconds = self._request.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._transfer(source, target, content_type)
        except TimeoutError as error:
            self._note_model(0)
            raise FailedInvocationError(
                f"ClientError: The model did not answer within {seconds} s (InvocationTimeoutSeconds)."
            ) from error

    async def _transfer(
        self, source: Path, target: Path, content_type: str | None
    ) -> ModelResponse:
        """The model server's answer. If a server ends, the request is sent again, to the fleet that is live then.

        Requests that have lost a server are sent one at a time: the one that ends servers fails alone.
        """
        headers = self._request.model_headers(content_type)
        lost_connections = 0
        while True:
            assert self._server is not None
            guard = (
                self._server.variant.second_tries if lost_connections else nullcontext()
            )
            try:
                async with guard:
                    return await self._send(headers, source, target)
            except (NoCapacityError, UnreachableError):
                pass
            except ConnectionLostError as error:
                lost_connections += 1
                if lost_connections > _MAX_LOST_CONNECTIONS:
                    self._note_model(0)
                    raise FailedInvocationError(
                        f"ClientError: The model server ended while it had the request: {error}"
                    ) from error
            await asyncio.sleep(_SERVER_DELAY_SECONDS)
            await self._find_live_server()

    async def _send(
        self, headers: Mapping[str, str], source: Path, target: Path
    ) -> ModelResponse:
        """Raises `NoCapacityError`, `UnreachableError` and `ConnectionLostError`."""
        assert self._server is not None
        fleet, variant = self._server.fleet, self._server.variant
        await variant.cold_start.wait()
        deadline = time.monotonic() + _SERVER_WAIT_SECONDS
        async with fleet.use(variant, deadline) as client:
            start = time.monotonic()
            timeout = float(self._request.timeout_seconds)
            response = await client.transfer(headers, source, target, timeout)
            self._note_model(response.status, time.monotonic() - start)
            return response

    async def _find_live_server(self) -> None:
        """Raises `DroppedInvocationError`."""
        if self._services.queue.get(self._queued.number) is None:
            raise DroppedInvocationError
        name = self._request.endpoint
        fleet = await self._services.endpoints.fleet(name, time.monotonic())
        if fleet:
            self._server = Server(fleet, fleet.choose(None))

    # ---- S3 and SNS ----------------------------------------------------------------------------------------------

    def _download(self, location: str, target: Path) -> str:
        """The type of the object. Raises `ValueError` for one that is too large."""
        bucket, key = transfers.parse_uri(location)
        client = self._services.clients.s3(self._role_arn, self._request.endpoint)
        answer = client.get_object(Bucket=bucket, Key=key)
        size = answer["ContentLength"]
        if size > MAX_INPUT_BYTES:
            raise ValueError(f"expected at most {MAX_INPUT_BYTES} bytes, found {size}")
        with target.open("wb") as file:
            shutil.copyfileobj(answer["Body"], file, _COPY_BYTES)
        return answer["ContentType"]

    async def _write_output(
        self, source: Path, location: str, content_type: str | None
    ) -> None:
        start = time.time()
        try:
            await self._call(self._upload, source, location, content_type)
        except _REFUSALS as error:
            self._count("ResponseUploadFailures")
            raise FailedInvocationError(
                f"ClientError: Failed to upload the response to {location}: {error}"
            ) from error
        self._time("ResponseUploadLatency", start)

    async def _write_failure(self, failure: FailedInvocationError) -> Result:
        """The container's own answer, or the reason where it gave none."""
        reason, location = str(failure), self._request.failure_location
        source, content_type = failure.response, failure.content_type
        if location and source is None:
            source, content_type = self._folder / "failure", "text/plain"
            await asyncio.to_thread(source.write_text, reason)
        if location and source:
            try:
                await self._call(self._upload, source, location, content_type)
            except _REFUSALS as error:
                self._log(f"The failure was not written to {location}: {error}")
                location = None
        return Result(reason, failure.response, failure.content_type, location)

    def _upload(self, source: Path, location: str, content_type: str | None) -> None:
        client = self._services.clients.s3(self._role_arn, self._request.endpoint)
        transfers.upload_file(client, source, location, content_type)

    def _publish(self, notification: Notification) -> None:
        client = self._services.clients.sns(
            notification.role_arn, self._request.endpoint
        )
        client.publish(TopicArn=notification.topic or "", Message=notification.message)

    async def _call(
        self,
        function: Callable[Parameters, Value],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Value:
        """Runs a function in a thread, again and again for a while where the service is away."""
        deadline = time.monotonic() + _RETRY_SECONDS
        while True:
            try:
                return await in_thread(function, *args, **kwargs)
            except _AWAY:
                if time.monotonic() >= deadline:
                    raise
            await asyncio.sleep(_RETRY_DELAY_SECONDS)

    # ---- metrics and log -----------------------------------------------------------------------------------------

    def _count(self, name: str) -> None:
        metrics = self._services.metrics
        metrics.count(name, self._request.endpoint, self._variant_name)

    def _time(self, name: str, start: float) -> None:
        """A duration since `start`, in epoch seconds."""
        metrics, seconds = self._services.metrics, time.time() - start
        metrics.time(name, self._request.endpoint, self._variant_name, seconds)

    def _note_model(self, status: int, seconds: float | None = None) -> None:
        metrics, endpoint = self._services.metrics, self._request.endpoint
        metrics.note_model(endpoint, self._variant_name, status, seconds)

    def _log(self, text: str) -> None:
        if self._server and self._server.variant.data_log:
            line = f"[sagemaker logs] [{self._request.inference_id}] {text}"
            self._server.variant.data_log.write(line)
