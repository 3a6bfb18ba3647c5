"""The notifications that topics of SNS get of an asynchronous invocation.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-check-predictions.html shows the messages; that
`responseBody` is text in Base64 with its `encoding`, and `failureLocation`, are read from code of its users.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker.async_inference.requests import AsyncRequest
from localcloud.sagemaker.async_inference.role_clients import RoleClients
from localcloud.sagemaker.common.errors import DeploymentError, RoleError

MAX_RESPONSE_BYTES = 128 * 1024
"""Larger responses are left out of the message, as `IncludeInferenceResponseIn` says."""
_EVENT = {"eventVersion": "1.0", "eventSource": "aws:sagemaker"}
_TEST = {**_EVENT, "eventName": "TestNotification"}


@dataclass(frozen=True)
class Result:
    """How an invocation ended."""

    failure_reason: str | None
    """None where it succeeded."""
    response: Path | None
    """The body that the container answered with."""
    content_type: str | None
    location: str | None
    """Where the response, or the failure, was written to in S3."""

    @property
    def topic_type(self) -> str:
        """The name of the topic in `IncludeInferenceResponseIn`."""
        return f"{'ERROR' if self.failure_reason else 'SUCCESS'}_NOTIFICATION_TOPIC"


def topic_of(request: AsyncRequest, result: Result) -> str | None:
    config = request.config
    return config.error_topic if result.failure_reason else config.success_topic


def message(request: AsyncRequest, result: Result, region: str) -> str:
    """The notification of a result, as JSON."""
    content: dict[str, Any] = {
        "awsRegion": region,
        "eventTime": _timestamp(datetime.now(UTC)),
        "receivedTime": _timestamp(datetime.fromtimestamp(request.received, UTC)),
        "invocationStatus": "Failed" if result.failure_reason else "Completed",
        "failureReason": result.failure_reason,
        "requestParameters": _present(
            accept=request.accept,
            contentType=request.content_type,
            customAttributes=request.custom_attributes,
            endpointName=request.endpoint,
            inputLocation=request.input_location,
        ),
        "responseParameters": _response_parameters(result),
        "responseBody": _response_body(request, result),
        "inferenceId": request.inference_id,
        **_EVENT,
        "eventName": "InferenceResult",
    }
    return json.dumps(_present(**content))


def _response_parameters(result: Result) -> dict[str, Any] | None:
    name = "failureLocation" if result.failure_reason else "outputLocation"
    fields = {"contentType": result.content_type, name: result.location}
    return _present(**fields) or None


def _response_body(request: AsyncRequest, result: Result) -> dict[str, str] | None:
    is_wanted = result.topic_type in request.config.topics_with_response
    if not is_wanted or result.response is None:
        return None
    if result.response.stat().st_size > MAX_RESPONSE_BYTES:
        return None
    content = result.response.read_bytes()
    if result.failure_reason:
        text = content.decode("utf-8", "replace")
        return {"content": text, "message": result.failure_reason}
    return {"content": base64.b64encode(content).decode(), "encoding": "BASE64"}


def _present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def send_test_notifications(
    clients: RoleClients, topics: tuple[str, ...], role_arn: str | None, endpoint: str
) -> None:
    """What CreateEndpoint sends to every topic. Raises `DeploymentError` where the role may not publish.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-create-endpoint.html; that the endpoint fails
    is not verified.
    """
    for topic in topics:
        try:
            client = clients.sns(role_arn, endpoint)
            client.publish(TopicArn=topic, Message=json.dumps(_TEST))
        except (ClientError, BotoCoreError, RoleError) as error:
            raise DeploymentError(
                f"The test notification to the topic {topic} failed: {error}. "
                "The topic must exist, and the role of the model needs sns:Publish."
            ) from error
