"""Asynchronous endpoints of tests, and those who are notice of their results."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.integration.localcloud.sagemaker.conftest import (
    BUCKET,
    ROLE,
    Local,
    wait_until,
)

OUTPUTS = f"s3://{BUCKET}/models/outputs"
FAILURES = f"s3://{BUCKET}/models/failures"


def async_config(invocations: int | None = None, **output: Any) -> Any:
    """An `AsyncInferenceConfig`; `output` is its `NotificationConfig` and the like."""
    paths = {"S3OutputPath": OUTPUTS, "S3FailurePath": FAILURES}
    config: dict[str, Any] = {"OutputConfig": {**paths, **output}}
    if invocations:
        limit = {"MaxConcurrentInvocationsPerInstance": invocations}
        config["ClientConfig"] = limit
    return config


def serve(local: Local, config: Any = None, role: str = ROLE, **model: Any) -> str:
    """An asynchronous endpoint InService; its name."""
    return local.serve(asynchronous=config or async_config(), role=role, **model)


def put_input(local: Local, **request: Any) -> str:
    """The address of a request in S3, with its type, as the SageMaker SDK writes it."""
    key = f"inputs/{uuid.uuid4().hex}"
    body = json.dumps(request).encode()
    local.s3.put_object(
        Bucket=BUCKET, Key=key, Body=body, ContentType="application/json"
    )
    return f"s3://{BUCKET}/{key}"


def invoke(local: Local, endpoint: str, **request: Any) -> Any:
    return local.runtime.invoke_endpoint_async(
        EndpointName=endpoint, InputLocation=put_input(local, **request)
    )


def is_written(local: Local, uri: str) -> bool:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    listed = local.s3.list_objects_v2(Bucket=bucket, Prefix=key)
    return any(item["Key"] == key for item in listed.get("Contents", []))


def text(local: Local, uri: str, seconds: float = 30.0) -> str:
    """An object, once it is there."""
    wait_until(lambda: is_written(local, uri), seconds)
    return local.get(uri).decode()


def answer(local: Local, accepted: Any) -> Any:
    """What the model answered to a request."""
    return json.loads(text(local, accepted["OutputLocation"]))


@dataclass
class Topic:
    """A topic of SNS with a queue behind it."""

    local: Local
    arn: str
    queue: str
    messages: list[Any] = field(default_factory=list)

    def results(self, count: int) -> list[Any]:
        """The results that were announced, once there are so many."""

        def are_there() -> bool:
            received = self.local.sqs.receive_message(
                QueueUrl=self.queue, MaxNumberOfMessages=10
            )
            for item in received.get("Messages", []):
                self.messages.append(json.loads(json.loads(item["Body"])["Message"]))
                self.local.sqs.delete_message(
                    QueueUrl=self.queue, ReceiptHandle=item["ReceiptHandle"]
                )
            return len(self._results) >= count

        wait_until(are_there)
        return self._results

    @property
    def _results(self) -> list[Any]:
        names = ("InferenceResult",)
        return [item for item in self.messages if item["eventName"] in names]


def make_topic(local: Local) -> Topic:
    name = f"topic-{uuid.uuid4().hex[:8]}"
    arn = local.sns.create_topic(Name=name)["TopicArn"]
    queue = local.sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = local.sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=["QueueArn"]
    )
    queue_arn = attributes["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    local.sqs.set_queue_attributes(
        QueueUrl=queue, Attributes={"Policy": json.dumps(policy)}
    )
    local.sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)
    return Topic(local, arn, queue)


def topics(success: Topic, error: Topic, *, with_response: bool = False) -> Any:
    """A `NotificationConfig`."""
    config: dict[str, Any] = {"SuccessTopic": success.arn, "ErrorTopic": error.arn}
    if with_response:
        names = ["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"]
        config["IncludeInferenceResponseIn"] = names
    return config
