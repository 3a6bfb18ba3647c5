"""State changes of jobs and endpoints, sent to EventBridge in order by one thread."""

from __future__ import annotations

import json
import queue
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker.common.store import (
    ENDPOINT,
    TRAINING_JOB,
    TRANSFORM_JOB,
    Body,
    Kind,
    Tag,
)

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

_RETRY_SECONDS = 30.0
_RETRY_DELAY_SECONDS = 0.5
_CLOSE_SECONDS = 3.0
_WORD_BOUNDARY = re.compile(r"(?<=[a-z])(?=[A-Z])")
_JOB_FIELDS = (
    *(
        "TrainingJobName",
        "TrainingJobArn",
        "TrainingJobStatus",
        "SecondaryStatus",
        "FailureReason",
        "RoleArn",
    ),
    *(
        "AlgorithmSpecification",
        "HyperParameters",
        "InputDataConfig",
        "OutputDataConfig",
        "ResourceConfig",
    ),
    *(
        "StoppingCondition",
        "CreationTime",
        "TrainingStartTime",
        "TrainingEndTime",
        "LastModifiedTime",
    ),
    *("SecondaryStatusTransitions", "ModelArtifacts"),
)
_ENDPOINT_FIELDS = (
    *(
        "EndpointName",
        "EndpointArn",
        "EndpointConfigName",
        "ProductionVariants",
        "EndpointStatus",
        "FailureReason",
    ),
    *("CreationTime", "LastModifiedTime"),
)
_TRANSFORM_FIELDS = (
    *(
        "TransformJobName",
        "TransformJobArn",
        "TransformJobStatus",
        "FailureReason",
        "ModelName",
    ),
    *(
        "MaxConcurrentTransforms",
        "MaxPayloadInMB",
        "BatchStrategy",
        "Environment",
        "TransformInput",
        "TransformOutput",
        "TransformResources",
    ),
    *("CreationTime", "TransformStartTime", "TransformEndTime"),
)
"""As EventBridge's schema `aws.sagemaker@SageMakerTransformJobStateChange` has them."""
_FIELDS = {
    TRAINING_JOB: _JOB_FIELDS,
    TRANSFORM_JOB: _TRANSFORM_FIELDS,
    ENDPOINT: _ENDPOINT_FIELDS,
}


def event_detail(kind: Kind, body: Body, tags: Sequence[Tag]) -> Body:
    """The `detail` of a state-change event: times in milliseconds, endpoint statuses as `IN_SERVICE`."""
    detail = {
        name: _in_milliseconds(body[name], name)
        for name in _FIELDS[kind]
        if name in body
    }
    if kind is ENDPOINT:
        detail["EndpointStatus"] = _WORD_BOUNDARY.sub(
            "_", detail["EndpointStatus"]
        ).upper()
    detail["Tags"] = {tag["Key"]: tag["Value"] for tag in tags}
    return detail


def _in_milliseconds(value: Any, name: str) -> Any:
    """`value` of the field `name`, with every time below it in milliseconds."""
    if isinstance(value, dict):
        return {key: _in_milliseconds(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_in_milliseconds(item, name) for item in value]
    if name.endswith("Time") and isinstance(value, int | float):
        return int(value * 1000)
    return value


class StateChangeEvents:
    """Sends events in order. An EventBridge that is not up yet is tried again for some time.

    `client` makes the boto3 client, in the sending thread: that takes some 0.2 s.
    """

    def __init__(self, client: Callable[[], EventBridgeClient]) -> None:
        self._client = client
        self._queue: queue.SimpleQueue[PutEventsRequestEntryTypeDef | None] = (
            queue.SimpleQueue()
        )
        self._closing = threading.Event()
        self._refusal_reported = False
        self._thread = threading.Thread(
            target=self._send_all, name="events", daemon=True
        )
        self._thread.start()

    def send(self, kind: Kind, body: Body, tags: Sequence[Tag]) -> None:
        """Queues the event for the state that a job or an endpoint now has."""
        detail = event_detail(kind, body, tags)
        self._queue.put(
            {
                "Source": "aws.sagemaker",
                "DetailType": f"SageMaker {kind.title.title()} State Change",
                "Detail": json.dumps(detail),
                "Resources": [body[kind.arn_field]],
            }
        )

    def close(self) -> None:
        """Sends what is queued, for a few seconds at most."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join(_CLOSE_SECONDS)

    def _send_all(self) -> None:
        while (entry := self._queue.get()) is not None:
            self._send_with_retries(entry)

    def _send_with_retries(self, entry: PutEventsRequestEntryTypeDef) -> None:
        deadline = time.monotonic() + _RETRY_SECONDS
        while True:
            try:
                self._put(entry)
                return
            except (BotoCoreError, ClientError):
                if time.monotonic() > deadline or self._closing.is_set():
                    return
                time.sleep(_RETRY_DELAY_SECONDS)

    def _put(self, entry: PutEventsRequestEntryTypeDef) -> None:
        answer = self._client().put_events(Entries=[entry])
        if not answer["FailedEntryCount"] or self._refusal_reported:
            return
        self._refusal_reported = True
        reason = answer["Entries"][0].get("ErrorMessage")
        print(
            f"EventBridge refuses events of aws.sagemaker ({reason}): "
            "no rule will see a state change of a job or an endpoint. The engine must allow this source.",
            file=sys.stderr,
        )
