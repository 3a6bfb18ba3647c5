"""A request of InvokeEndpointAsync, as it is kept in the store."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from localcloud.sagemaker.async_inference.config import AsyncConfig
from localcloud.sagemaker.common.store import Body
from localcloud.sagemaker.common.transfers import join_uri

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
