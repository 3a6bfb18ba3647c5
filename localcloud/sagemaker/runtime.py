"""The runtime API: `POST /endpoints/{name}/invocations`, forwarded to a model server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from localcloud.sagemaker.cloud import Cloud
from localcloud.sagemaker.hosting.build import REALTIME_BODY
from localcloud.sagemaker.hosting.client import Answer, ConnectionLostError, UnreachableError
from localcloud.sagemaker.hosting.fleet import Fleet, NoCapacityError, UnknownVariantError, Variant
from localcloud.sagemaker.kinds import ENDPOINT
from localcloud.sagemaker.store import MissingError

_FORWARDED = (
    "content-type",
    "accept",
    "x-amzn-sagemaker-custom-attributes",
    "x-amzn-sagemaker-inference-id",
    "x-amzn-sagemaker-target-model",
    "x-amzn-sagemaker-session-id",
)
_RETURNED = (
    "content-type",
    "x-amzn-sagemaker-custom-attributes",
    "x-amzn-sagemaker-new-session-id",
    "x-amzn-sagemaker-closed-session-id",
)
_ANSWERS = ("InService", "Updating", "SystemUpdating", "RollingBack")
_RETRY_DELAY = 0.05
_LOST_CONNECTIONS = 3
"""How often one request may lose its model server; then the request itself is taken to be what ends it."""


class InvocationError(Exception):
    """An answer other than the model's."""

    def __init__(self, status: int, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.body = {"Message": message, **more}

    def response(self) -> Response:
        return Response(
            json.dumps(self.body),
            self.status,
            headers={"x-amzn-errortype": self.code},
            media_type="application/json",
        )


class Runtime:
    """Answers InvokeEndpoint."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def __call__(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            return await self._invoke(name, request)
        except InvocationError as error:
            return error.response()

    async def _invoke(self, name: str, request: Request) -> Response:
        body = await _read(request)
        variant, answer = await self._forward(name, body, request.headers)
        if answer.status >= 400:
            raise self._model_error(name, answer.status, answer.text)
        returned = {key: answer.headers[key] for key in _RETURNED if key in answer.headers}
        return Response(answer.body, 200, {**returned, "x-amzn-invoked-production-variant": variant.name})

    async def _fleet(self, name: str, deadline: float) -> Fleet:
        fleet = await self._cloud.endpoints.fleet(name, deadline)
        if fleet:
            return fleet
        try:
            status = self._cloud.store.get(ENDPOINT, name)["EndpointStatus"]
        except MissingError:
            status = None
        if status in _ANSWERS:
            raise InvocationError(503, "ServiceUnavailable", f"The model servers of endpoint {name} are starting.")
        account = self._cloud.settings.account
        raise InvocationError(400, "ValidationError", f"Endpoint {name} of account {account} not found.")

    async def _forward(self, name: str, body: bytes, headers: Mapping[str, str]) -> tuple[Variant, Answer]:
        """The model server's answer; a server that is away is waited for, one that ends is tried again."""
        settings = self._cloud.settings
        deadline = time.monotonic() + settings.queue_timeout
        forwarded = {key: headers[key] for key in _FORWARDED if key in headers}
        lost = 0
        while True:
            fleet = await self._fleet(name, deadline)
            variant = _choose(fleet, headers)
            _check_size(len(body), variant.body_limit)
            try:
                async with fleet.use(variant, deadline) as client:
                    timeout = settings.invocation_timeout
                    return variant, await client.request("POST", "/invocations", timeout, forwarded, body)
            except NoCapacityError as error:
                raise InvocationError(503, "ServiceUnavailable", f"Endpoint {name}: {error}.") from error
            except TimeoutError as error:
                raise self._model_error(name, 0, _TIMED_OUT) from error
            except UnreachableError:
                await asyncio.sleep(_RETRY_DELAY)
            except ConnectionLostError as error:
                lost += 1
                if lost > _LOST_CONNECTIONS:
                    raise self._model_error(name, 500, f"the model server ended: {error}") from error
                await asyncio.sleep(_RETRY_DELAY)

    def _model_error(self, name: str, status: int, text: str) -> InvocationError:
        settings = self._cloud.settings
        group = f"/aws/sagemaker/Endpoints/{name}"
        kind = "client" if 400 <= status < 500 else "server"
        return InvocationError(
            424,
            "ModelError",
            f'Received {kind} error ({status}) from primary with message "{text}". '
            f"See the log group {group} in account {settings.account} for more information.",
            OriginalStatusCode=status,
            OriginalMessage=text,
            LogStreamArn=f"arn:aws:logs:{settings.region}:{settings.account}:log-group:{group}",
        )


_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. "
    "Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)


def _choose(fleet: Fleet, headers: Mapping[str, str]) -> Variant:
    try:
        return fleet.choose(headers.get("x-amzn-sagemaker-target-variant"))
    except UnknownVariantError as error:
        raise InvocationError(400, "ValidationError", str(error)) from error


async def _read(request: Request) -> bytes:
    """The body; one that is too large is read to its end and dropped, so that the client gets to see the answer."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= REALTIME_BODY:
            chunks.append(chunk)
    _check_size(size, REALTIME_BODY)
    return b"".join(chunks)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise InvocationError(
            413,
            "ValidationError",
            f"1 validation error detected: Value at 'body' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limit}; found {size}",
        )
