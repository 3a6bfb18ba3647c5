"""The runtime API: `POST /endpoints/{name}/invocations` and the like, forwarded to a model server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from localcloud.guard import CALLER
from localcloud.sagemaker.common.access import Check
from localcloud.sagemaker.common.errors import AccessDeniedError
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import ENDPOINT, MissingError
from localcloud.sagemaker.hosting.build import REALTIME_BODY_BYTES
from localcloud.sagemaker.hosting.endpoints import Endpoints
from localcloud.sagemaker.hosting.fleet import (
    Fleet,
    NoCapacityError,
    UnknownVariantError,
    Variant,
)
from localcloud.sagemaker.hosting.invocation_metrics import InvocationMetrics
from localcloud.sagemaker.hosting.model_client import (
    ConnectionLostError,
    ModelResponse,
    UnreachableError,
)
from localcloud.sagemaker.permissions import invocation_checks
from localcloud.sagemaker.response_stream import (
    STREAM_FACTOR,
    OpenAnswer,
    PartsResponse,
    open_answer,
)

_FORWARDED_HEADERS = (
    "content-type",
    "accept",
    "x-amzn-sagemaker-custom-attributes",
    "x-amzn-sagemaker-inference-id",
    "x-amzn-sagemaker-session-id",
)
_RETURNED_HEADERS = (
    "content-type",
    "x-amzn-sagemaker-custom-attributes",
    "x-amzn-sagemaker-new-session-id",
    "x-amzn-sagemaker-closed-session-id",
)
_REFUSED_HEADERS = {
    "x-amzn-sagemaker-target-model": (
        "is not a multi-model endpoint and does not support target model header"
    ),
    "x-amzn-sagemaker-target-container-hostname": (
        "has one container and does not support target container hostname header"
    ),
    "x-amzn-sagemaker-inference-component": "has no inference components",
    "x-amzn-sagemaker-enable-explanations": "has no ExplainerConfig",
}
"""Header -> why no endpoint of the local cloud takes it."""
_STREAM_ACCEPT = "x-amzn-sagemaker-accept"
_STREAM_CONTENT_TYPE = "x-amzn-sagemaker-content-type"
_NO_STREAM = "Endpoint {} is serverless; responses are streamed by real-time endpoints. Call InvokeEndpoint instead."
"""AWS's page of the operation refers to real-time endpoints only; how it refuses others is not verified."""
_ASYNC_ONLY = (
    "Endpoint {} is asynchronous: its endpoint configuration has AsyncInferenceConfig. "
    "Call InvokeEndpointAsync instead."
)
"""Such an endpoint takes asynchronous invocations only, say AWS's pages; in which words it refuses others is not
verified."""
SERVING_STATUSES = ("InService", "Updating", "SystemUpdating", "RollingBack")
_RETRY_DELAY_SECONDS = 0.05
_MAX_LOST_CONNECTIONS = 3
"""How often one request may lose its model server. After that the request itself must be what ends it."""
_TIMED_OUT = (
    "Your invocation timed out while waiting for a response from container primary. "
    "Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
)


class Answer(Protocol):
    """What a model server answers, whole or not yet."""

    @property
    def status(self) -> int: ...


AnswerT = TypeVar("AnswerT", bound=Answer)
Send = Callable[[Fleet, Variant, float], Awaitable[AnswerT]]
"""Sends a request to a variant, which must have a place for it until a deadline."""


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


def not_found(endpoint: str, account: str) -> InvocationError:
    return InvocationError(
        400, "ValidationError", f"Endpoint {endpoint} of account {account} not found."
    )


class Runtime:
    """Answers InvokeEndpoint and InvokeEndpointWithResponseStream."""

    def __init__(self, state: SageMakerState, endpoints: Endpoints) -> None:
        self._state, self._settings, self._endpoints = state, state.settings, endpoints
        self.metrics = InvocationMetrics(lambda: state.clients.cloudwatch)

    async def invoke(self, request: Request) -> Response:
        name = request.path_params["name"]
        checks = invocation_checks(name, self._settings.arn)
        return await self._answer(checks, self._invoke(name, request))

    async def stream(self, request: Request) -> Response:
        name = request.path_params["name"]
        checks = invocation_checks(name, self._settings.arn)
        return await self._answer(checks, self._stream(name, request))

    async def _answer(
        self, checks: list[Check], response: Coroutine[None, None, Response]
    ) -> Response:
        try:
            await asyncio.to_thread(self._authorize, checks, CALLER.get())
            return await response
        except InvocationError as error:
            response.close()
            return error.response()

    def _authorize(self, checks: list[Check], access_key: str) -> None:
        try:
            self._state.access.require(access_key, checks)
        except AccessDeniedError as error:
            raise InvocationError(403, error.code, error.message) from error

    async def _invoke(self, name: str, request: Request) -> Response:
        body = await read_body(request, REALTIME_BODY_BYTES)
        _check_headers(name, request.headers)
        forwarded = _selected(request.headers, _FORWARDED_HEADERS)

        async def send(
            fleet: Fleet, variant: Variant, deadline: float
        ) -> ModelResponse:
            timeout = self._settings.invocation_timeout
            await variant.cold_start.wait()
            async with fleet.use(variant, deadline) as client:
                return await client.request(
                    "POST", "/invocations", timeout, forwarded, body
                )

        variant, answer = await self._forward(name, len(body), request.headers, send)
        if answer.status >= 400:
            raise self._model_error(name, answer.status, answer.text)
        headers = _selected(answer.headers, _RETURNED_HEADERS)
        headers["x-amzn-invoked-production-variant"] = variant.name
        return Response(answer.body, 200, headers)

    async def _stream(self, name: str, request: Request) -> Response:
        body = await read_body(request, REALTIME_BODY_BYTES)
        _check_headers(name, request.headers)
        forwarded = _selected(request.headers, _FORWARDED_HEADERS)
        forwarded.pop("accept", None)
        if accept := request.headers.get(_STREAM_ACCEPT):
            forwarded["accept"] = accept

        async def send(fleet: Fleet, variant: Variant, deadline: float) -> OpenAnswer:
            if variant.is_serverless:
                raise InvocationError(400, "ValidationError", _NO_STREAM.format(name))
            timeout = STREAM_FACTOR * self._settings.invocation_timeout
            await variant.cold_start.wait()
            place = fleet.use(variant, deadline)
            return await open_answer(place, timeout, forwarded, body)

        variant, answer = await self._forward(name, len(body), request.headers, send)
        if answer.status >= 400:
            raise self._model_error(name, answer.status, await answer.text())
        headers = _selected(answer.response.headers, _RETURNED_HEADERS)
        if content_type := headers.pop("content-type", None):
            headers[_STREAM_CONTENT_TYPE] = content_type
        headers["x-amzn-invoked-production-variant"] = variant.name
        return PartsResponse(answer, headers)

    async def _forward(
        self,
        name: str,
        body_bytes: int,
        headers: Mapping[str, str],
        send: Send[AnswerT],
    ) -> tuple[Variant, AnswerT]:
        """The model server's answer. A server that is away is waited for; if one ends, the request is sent again."""
        deadline = time.monotonic() + self._settings.queue_timeout
        lost_connections = 0
        while True:
            fleet = await self._fleet(name, deadline)
            if fleet.async_config is not None:
                raise InvocationError(400, "ValidationError", _ASYNC_ONLY.format(name))
            variant = _choose_variant(fleet, headers)
            _check_size(body_bytes, variant.max_body_bytes)
            start = time.monotonic()
            try:
                answer = await send(fleet, variant, deadline)
                seconds = time.monotonic() - start
                self.metrics.note(name, variant.name, answer.status, seconds)
                return variant, answer
            except NoCapacityError as error:
                raise InvocationError(
                    503, "ServiceUnavailable", f"Endpoint {name}: {error}."
                ) from error
            except TimeoutError as error:
                self.metrics.note(name, variant.name, 0)
                raise self._model_error(name, 0, _TIMED_OUT) from error
            except UnreachableError:
                pass
            except ConnectionLostError as error:
                lost_connections += 1
                if lost_connections > _MAX_LOST_CONNECTIONS:
                    self.metrics.note(name, variant.name, 0)
                    raise self._model_error(
                        name, 500, f"the model server ended: {error}"
                    ) from error
            await asyncio.sleep(_RETRY_DELAY_SECONDS)

    async def _fleet(self, name: str, deadline: float) -> Fleet:
        fleet = await self._endpoints.fleet(name, deadline)
        if fleet:
            return fleet
        if self._status(name) in SERVING_STATUSES:
            raise InvocationError(
                503,
                "ServiceUnavailable",
                f"The model servers of endpoint {name} are starting.",
            )
        raise not_found(name, self._settings.account)

    def _status(self, name: str) -> str | None:
        try:
            return str(self._state.store.get(ENDPOINT, name)["EndpointStatus"])
        except MissingError:
            return None

    def _model_error(self, name: str, status: int, text: str) -> InvocationError:
        region, account = self._settings.region, self._settings.account
        group = f"/aws/sagemaker/Endpoints/{name}"
        kind = "client" if 400 <= status < 500 else "server"
        return InvocationError(
            424,
            "ModelError",
            f'Received {kind} error ({status}) from primary with message "{text}". '
            f"See the log group {group} in account {account} for more information.",
            OriginalStatusCode=status,
            OriginalMessage=text,
            LogStreamArn=f"arn:aws:logs:{region}:{account}:log-group:{group}",
        )


def _selected(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: headers[name] for name in names if name in headers}


def _choose_variant(fleet: Fleet, headers: Mapping[str, str]) -> Variant:
    try:
        return fleet.choose(headers.get("x-amzn-sagemaker-target-variant"))
    except UnknownVariantError as error:
        raise InvocationError(400, "ValidationError", str(error)) from error


def _check_headers(name: str, headers: Mapping[str, str]) -> None:
    """Raises `InvocationError` as SageMaker does for what its containers are never sent."""
    if not headers.get("x-amzn-sagemaker-custom-attributes", "").isascii():
        raise InvocationError(
            400,
            "ValidationError",
            "1 validation error detected: Value at 'customAttributes' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: \p{ASCII}*",
        )
    for header, text in _REFUSED_HEADERS.items():
        if header in headers:
            raise InvocationError(400, "ValidationError", f"Endpoint {name} {text}.")


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The body. One that is too large is read to its end and dropped, so that the client gets to see the answer."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= max_bytes:
            chunks.append(chunk)
    _check_size(size, max_bytes)
    return b"".join(chunks)


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise InvocationError(
            413,
            "ValidationError",
            f"1 validation error detected: Value at 'body' failed to satisfy constraint: "
            f"Member must have length less than or equal to {max_bytes}; found {size}",
        )
