"""Requests of tests."""

from __future__ import annotations

from typing import Any

from localcloud.sagemaker.async_inference.requests import AsyncRequest

OUTPUT_CONFIG: dict[str, Any] = {
    "S3OutputPath": "s3://b/out/",
    "S3FailurePath": "s3://b/failed",
}


def a_request(output: Any = None, **parameters: Any) -> AsyncRequest:
    """`output` is the `OutputConfig` of the endpoint."""
    config = {"OutputConfig": OUTPUT_CONFIG if output is None else output}
    required = {"EndpointName": "e", "InputLocation": "s3://b/in"}
    return AsyncRequest.from_parameters(required | parameters, config)
