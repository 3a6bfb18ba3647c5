"""State changes to EventBridge, in order, from one thread."""

from __future__ import annotations

import json
import queue
import re
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker.kinds import ENDPOINT, TRAINING_JOB, Body, Kind

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

    from localcloud.sagemaker.services import Services

_RETRY_SECONDS = 30.0
_RETRY_DELAY = 0.5
_TIMES = re.compile(r"Time$")
_JOB_FIELDS = (
    *("TrainingJobName", "TrainingJobArn", "TrainingJobStatus", "SecondaryStatus", "FailureReason", "RoleArn"),
    *("AlgorithmSpecification", "HyperParameters", "InputDataConfig", "OutputDataConfig", "ResourceConfig"),
    *("StoppingCondition", "CreationTime", "TrainingStartTime", "TrainingEndTime", "LastModifiedTime"),
    *("SecondaryStatusTransitions", "ModelArtifacts"),
)
_ENDPOINT_FIELDS = (
    *("EndpointName", "EndpointArn", "EndpointConfigName", "ProductionVariants", "EndpointStatus", "FailureReason"),
    *("CreationTime", "LastModifiedTime"),
)


def detail(kind: Kind, body: Body, tags: list[dict[str, str]]) -> dict[str, Any]:
    """The `detail` of a state-change event: times in milliseconds, endpoint statuses as `IN_SERVICE`."""
    fields = _JOB_FIELDS if kind is TRAINING_JOB else _ENDPOINT_FIELDS
    found = {name: _milliseconds(body[name], name) for name in fields if name in body}
    if kind is ENDPOINT:
        found["EndpointStatus"] = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", found["EndpointStatus"]).upper()
    return found | {"Tags": {tag["Key"]: tag["Value"] for tag in tags}}


def _milliseconds(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {k: _milliseconds(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_milliseconds(item, name) for item in value]
    return int(value * 1000) if _TIMES.search(name) and isinstance(value, int | float) else value


class Events:
    """Sends what it is given in order, waiting some time for an EventBridge that is not up yet."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._queue: queue.SimpleQueue[tuple[Kind, dict[str, Any], str] | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._refused = False
        self._thread = threading.Thread(target=self._work, name="events", daemon=True)
        self._thread.start()

    def changed(self, kind: Kind, body: Body, tags: list[dict[str, str]]) -> None:
        """Announce the state a training job or an endpoint now has."""
        self._queue.put((kind, detail(kind, body, tags), body[kind.arn_field]))

    def close(self, timeout: float = 3.0) -> None:
        self._closing.set()
        self._queue.put(None)
        self._thread.join(timeout)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            kind, payload, arn = item
            self._send(f"SageMaker {kind.title.title()} State Change", payload, arn)

    def _send(self, detail_type: str, payload: dict[str, Any], arn: str) -> None:
        deadline = time.monotonic() + _RETRY_SECONDS
        while True:
            try:
                self._put(detail_type, payload, arn)
                return
            except (BotoCoreError, ClientError):
                if time.monotonic() > deadline or self._closing.is_set():
                    return
                time.sleep(_RETRY_DELAY)

    def _put(self, detail_type: str, payload: dict[str, Any], arn: str) -> None:
        entry: PutEventsRequestEntryTypeDef = {
            "Source": "aws.sagemaker",
            "DetailType": detail_type,
            "Detail": json.dumps(payload),
            "Resources": [arn],
        }
        answer = self._services.events.put_events(Entries=[entry])
        if answer["FailedEntryCount"] and not self._refused:
            self._refused = True
            print(
                f"EventBridge refuses events of aws.sagemaker ({answer['Entries'][0].get('ErrorMessage')}): "
                "no rule will see a state change of a training job or an endpoint. The engine must allow this source.",
                file=sys.stderr,
            )
