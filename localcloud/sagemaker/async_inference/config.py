"""`AsyncInferenceConfig` of an endpoint config.

See https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AsyncInferenceConfig.html.
"""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import Body

DEFAULT_INVOCATIONS_PER_INSTANCE = 4
"""SageMaker chooses "an optimal value" of its own, which it does not publish."""
_PATHS = ("S3OutputPath", "S3FailurePath")


@dataclass(frozen=True)
class AsyncConfig:
    """Where the results of asynchronous invocations go, and how many run at once."""

    output_path: str | None
    """`s3://bucket/prefix`."""
    failure_path: str | None
    success_topic: str | None
    """An ARN of SNS."""
    error_topic: str | None
    topics_with_response: tuple[str, ...]
    """`SUCCESS_NOTIFICATION_TOPIC` and `ERROR_NOTIFICATION_TOPIC`, where notifications are to hold the response."""
    invocations_per_instance: int

    @classmethod
    def from_body(cls, body: Body) -> AsyncConfig:
        output = body["OutputConfig"]
        topics = output.get("NotificationConfig", {})
        client = body.get("ClientConfig", {})
        return cls(
            output_path=output.get("S3OutputPath"),
            failure_path=output.get("S3FailurePath"),
            success_topic=topics.get("SuccessTopic"),
            error_topic=topics.get("ErrorTopic"),
            topics_with_response=tuple(topics.get("IncludeInferenceResponseIn", [])),
            invocations_per_instance=client.get(
                "MaxConcurrentInvocationsPerInstance", DEFAULT_INVOCATIONS_PER_INSTANCE
            ),
        )

    @property
    def topics(self) -> tuple[str, ...]:
        """Every topic, once."""
        topics = dict.fromkeys((self.success_topic, self.error_topic))
        return tuple(topic for topic in topics if topic)


def check_async_config(body: Body) -> None:
    """Raises `ValidationError` for what the local cloud cannot write to."""
    for field in _PATHS:
        path = body["OutputConfig"].get(field)
        if path and not path.startswith("s3://"):
            raise ValidationError(
                f"Expected {field} of AsyncInferenceConfig like s3://bucket/prefix, found {path!r}: "
                "the local cloud takes no https addresses of S3."
            )
