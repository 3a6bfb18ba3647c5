"""`POST /endpoints/{name}/async-invocations`: a request is kept, then answered 202.

Its parameters and their limits are those of botocore's description of `sagemaker-runtime`. See
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from localcloud.guard import CALLER
from localcloud.sagemaker.async_inference.requests import AsyncRequest
from localcloud.sagemaker.common.errors import (
    AccessDeniedError,
    ApiError,
    ValidationError,
)
from localcloud.sagemaker.common.state import SageMakerState
from localcloud.sagemaker.common.store import ENDPOINT, Body, MissingError
from localcloud.sagemaker.hosting.async_dispatcher import AsyncInvocations
from localcloud.sagemaker.permissions import invocation_checks
from localcloud.sagemaker.runtime import (
    SERVING_STATUSES,
    InvocationError,
    not_found,
    read_body,
)
from localcloud.sagemaker.service_model import ServiceModel

OPERATION = "InvokeEndpointAsync"
MAX_BODY_BYTES = 128_000
_REALTIME = (
    "Endpoint {} is not asynchronous: its endpoint configuration has no AsyncInferenceConfig. "
    "Call InvokeEndpoint instead."
)
"""In which words SageMaker refuses it is not verified."""
_OUTPUT_HEADER = "x-amzn-sagemaker-outputlocation"
_FAILURE_HEADER = "x-amzn-sagemaker-failurelocation"


class AsyncRuntime:
    """Answers InvokeEndpointAsync."""

    def __init__(self, state: SageMakerState, invocations: AsyncInvocations) -> None:
        self._state, self._invocations = state, invocations

    async def invoke(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            body = await read_body(request, MAX_BODY_BYTES)
            caller = CALLER.get()
            accepted = await asyncio.to_thread(
                self._accept, name, dict(request.headers), body, caller
            )
        except InvocationError as error:
            return error.response()
        headers = {
            _OUTPUT_HEADER: accepted.output_location,
            _FAILURE_HEADER: accepted.failure_location,
        }
        return Response(
            json.dumps({"InferenceId": accepted.inference_id}),
            202,
            headers={name: text for name, text in headers.items() if text},
            media_type="application/json",
        )

    def _accept(
        self, endpoint: str, headers: dict[str, str], body: bytes, access_key: str
    ) -> AsyncRequest:
        """The request, once it is committed. Raises `InvocationError`."""
        checks = invocation_checks(endpoint, self._state.settings.arn, OPERATION)
        try:
            self._state.access.require(access_key, checks)
            parameters = read_parameters(endpoint, headers, body)
        except AccessDeniedError as error:
            raise InvocationError(403, error.code, error.message) from error
        except ApiError as error:
            raise InvocationError(400, "ValidationError", error.message) from error
        # In one transaction, so that an endpoint which is deleted meanwhile leaves no request behind.
        with self._state.store.transaction():
            request = AsyncRequest.from_parameters(parameters, self._config(endpoint))
            self._invocations.add(request, body or None)
        return request

    def _config(self, endpoint: str) -> Body:
        """The `AsyncInferenceConfig` of an endpoint that takes requests. Raises `InvocationError`."""
        try:
            record = self._state.store.get(ENDPOINT, endpoint)
        except MissingError as error:
            raise not_found(endpoint, self._state.settings.account) from error
        if record["EndpointStatus"] not in SERVING_STATUSES:
            raise not_found(endpoint, self._state.settings.account)
        if "AsyncInferenceConfig" not in record:
            text = _REALTIME.format(endpoint)
            raise InvocationError(400, "ValidationError", text)
        config: Body = record["AsyncInferenceConfig"]
        return config


@cache
def _service_model() -> ServiceModel:
    return ServiceModel("sagemaker-runtime")


def read_parameters(endpoint: str, headers: Mapping[str, str], body: bytes) -> Body:
    """The parameters of a request, as boto3 names them. Raises `ValidationError`."""
    model = _service_model()
    shape = model.operation(OPERATION).input_shape
    assert shape is not None
    parameters: dict[str, Any] = {"EndpointName": endpoint}
    for name, member in shape.members.items():
        text = headers.get(str(member.serialization.get("name", "")).lower())
        if member.serialization.get("location") != "header" or text is None:
            continue
        parameters[name] = (
            _number(name, text) if member.type_name == "integer" else text
        )
    model.validate(OPERATION, parameters)
    if bool(body) == ("InputLocation" in parameters):
        raise ValidationError(
            f"Expected either InputLocation or a body, found {'both' if body else 'neither'}."
        )
    location = parameters.get("InputLocation", "s3://")
    if not location.startswith("s3://"):
        raise ValidationError(
            f"Expected an InputLocation like s3://bucket/key, found {location!r}: "
            "the local cloud takes no https addresses of S3."
        )
    return parameters


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ValidationError(
            f"Expected a whole number as {name}, found {text!r}."
        ) from error
