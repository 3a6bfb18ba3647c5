"""A request of InvokeEndpointAsync: read from its headers, and kept in the store.

Its parameters and their limits are those of botocore's description of `sagemaker-runtime`.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from localcloud.sagemaker.async_inference.config import AsyncConfig
from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import Body
from localcloud.sagemaker.common.transfers import join_uri
from localcloud.sagemaker.service_model import ServiceModel

OPERATION = "InvokeEndpointAsync"
MAX_BODY_BYTES = 128_000
DEFAULT_TTL_SECONDS = 21_600
DEFAULT_TIMEOUT_SECONDS = 900
LONGEST_TIMEOUT_SECONDS = 3_600


@dataclass(frozen=True)
class AsyncRequest:
    """One invocation. Times are in epoch seconds."""

    endpoint: str
    inference_id: str
    received: float
    expires: float
    timeout_seconds: int
    input_location: str | None
    """None where the payload came with the request."""
    output_location: str | None
    failure_location: str | None
    content_type: str | None
    accept: str | None
    custom_attributes: str | None
    async_config: Body
    """The endpoint's `AsyncInferenceConfig` at the time of the request."""

    @classmethod
    def from_parameters(cls, parameters: Body, async_config: Body) -> AsyncRequest:
        """Of valid parameters, as boto3 names them."""
        now = time.time()
        config = AsyncConfig.from_body(async_config)
        inference_id = parameters.get("InferenceId") or str(uuid.uuid4())
        output, failure = _locations(config, parameters)
        return cls(
            endpoint=parameters["EndpointName"],
            inference_id=inference_id,
            received=now,
            expires=now + parameters.get("RequestTTLSeconds", DEFAULT_TTL_SECONDS),
            timeout_seconds=parameters.get(
                "InvocationTimeoutSeconds", DEFAULT_TIMEOUT_SECONDS
            ),
            input_location=parameters.get("InputLocation"),
            output_location=output,
            failure_location=failure,
            content_type=parameters.get("ContentType"),
            accept=parameters.get("Accept"),
            custom_attributes=parameters.get("CustomAttributes"),
            async_config=async_config,
        )

    @classmethod
    def from_json(cls, text: str) -> AsyncRequest:
        return cls(**json.loads(text))

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @property
    def config(self) -> AsyncConfig:
        return AsyncConfig.from_body(self.async_config)

    def model_headers(self, content_type: str | None) -> dict[str, str]:
        """What the container gets; `content_type` is the input's."""
        headers = {
            "content-type": content_type,
            "accept": self.accept,
            "x-amzn-sagemaker-custom-attributes": self.custom_attributes,
            "x-amzn-sagemaker-inference-id": self.inference_id,
        }
        return {name: value for name, value in headers.items() if value}


def _locations(config: AsyncConfig, parameters: Body) -> tuple[str | None, str | None]:
    """Where the response and a failure go: `UUID.out` and `UUID-error.out`.

    `S3OutputPathExtension` and `Filename` are those of the response alone, as their descriptions say.
    """
    name = str(uuid.uuid4())
    output, failure = config.output_path, config.failure_path
    if output is not None:
        extension = parameters.get("S3OutputPathExtension", "").strip("/")
        file = parameters.get("Filename", f"{name}.out")
        output = join_uri(output, str(PurePosixPath(extension, file)))
    if failure is not None:
        failure = join_uri(failure, f"{name}-error.out")
    return output, failure


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
