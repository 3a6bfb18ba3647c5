"""The adapters, in memory. They subclass the real ones, so that the type checker keeps their shape."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from functions.adapters.logs import Logs
from functions.adapters.notifications import Message, Notifications
from functions.adapters.runtime import Runtime
from functions.adapters.sagemaker import (
    Description,
    EndpointBusyError,
    ForeignResourceError,
    InstanceRefusedError,
    SageMaker,
)
from functions.adapters.storage import Storage, StoredObject
from functions.adapters.workflow import Workflow
from functions.common.tags import Kind, TaggedResource, Tags, as_tags
from tests.unit.functions.fake_ledger import NOW


class MemoryStorage(Storage):
    def __init__(self, **objects: Any) -> None:
        self.bucket = "data"
        self.objects: dict[str, bytes] = {}
        self.content_types: dict[str, str] = {}
        self.listed: list[StoredObject] = []
        for key, value in objects.items():
            self.write_json(key, value)

    def read_bytes(self, key: str) -> bytes:
        return self.objects[key]

    def put_bytes(
        self, key: str, data: bytes, content_type: str = "application/octet-stream"
    ) -> None:
        self.objects[key] = data
        self.content_types[key] = content_type

    def exists(self, key: str) -> bool:
        return key in self.objects

    def open(self, key: str, version_id: str = "") -> BinaryIO:
        return io.BytesIO(self.objects[key])

    def list(self, prefix: str) -> list[StoredObject]:
        return [item for item in self.listed if item.key.startswith(prefix)]


class MemorySageMaker(SageMaker):
    """Things by name; `refusals` are instance types that are not to be had.

    `broken` are methods that change something and fail, `failing` those that look at something, with what they raise.
    """

    def __init__(self) -> None:
        self.jobs: dict[str, Description] = {}
        self.models: dict[str, Description] = {}
        self.configs: dict[str, Description] = {}
        self.endpoints: dict[str, Description] = {}
        self.refusals: dict[str, str] = {}
        self.calls: list[tuple[str, ...]] = []
        self.broken: set[str] = set()
        self.failing: dict[str, Exception] = {}

    def _called(self, name: str, *arguments: str) -> None:
        if name in self.broken:
            raise RuntimeError(f"{name} is denied")
        self.calls.append((name, *arguments))

    def _fail(self, method: str) -> None:
        if method in self.failing:
            raise self.failing[method]

    def job(self, name: str) -> Description | None:
        self._fail("job")
        return self.jobs.get(name)

    def add_job(
        self, name: str, status: str = "InProgress", **fields: Any
    ) -> Description:
        self.jobs[name] = {
            "TrainingJobName": name,
            "TrainingJobStatus": status,
            "CreationTime": NOW,
            "ResourceConfig": {"InstanceType": "ml.a"},
            "EnableManagedSpotTraining": True,
            **fields,
        }
        return self.jobs[name]

    def create_job(self, request: Description) -> bool:
        instance_type, name = (
            request["ResourceConfig"]["InstanceType"],
            request["TrainingJobName"],
        )
        self._called("create_job", name, instance_type)
        if instance_type in self.refusals:
            raise InstanceRefusedError(self.refusals[instance_type])
        if name in self.jobs:
            return False
        self.add_job(
            name, **{k: v for k, v in request.items() if k != "TrainingJobName"}
        )
        return True

    def stop_job(self, name: str) -> bool:
        self._called("stop_job", name)
        job = self.jobs.get(name)
        if job is None or job["TrainingJobStatus"] != "InProgress":
            return False
        job["TrainingJobStatus"] = "Stopping"
        return True

    def jobs_in_progress(self, prefix: str, tags: Tags) -> list[str]:
        running = [
            name
            for name, job in self.jobs.items()
            if job["TrainingJobStatus"] == "InProgress"
        ]
        return [name for name in running if name.startswith(prefix)]

    def model(self, name: str) -> Description | None:
        return self.models.get(name)

    def create_model(self, request: Description) -> bool:
        self._called("create_model", request["ModelName"])
        return self._add(self.models, request["ModelName"], request)

    def config(self, name: str) -> Description | None:
        return self.configs.get(name)

    def create_config(self, request: Description) -> bool:
        self._called("create_config", request["EndpointConfigName"])
        return self._add(self.configs, request["EndpointConfigName"], request)

    @staticmethod
    def _add(things: dict[str, Description], name: str, request: Description) -> bool:
        taken = name in things
        things.setdefault(name, request)
        return not taken

    def endpoint(self, name: str) -> Description | None:
        self._fail("endpoint")
        return self.endpoints.get(name)

    def add_endpoint(
        self, name: str, config: str, status: str = "InService", **fields: Any
    ) -> None:
        description: Description = {
            "EndpointName": name,
            "EndpointConfigName": config,
            "EndpointStatus": status,
        }
        variants = [self._summary(variant) for variant in self._variants(config)]
        description |= {"LastModifiedTime": NOW, "ProductionVariants": variants}
        self.endpoints[name] = description | fields

    def _variants(self, config: str) -> list[Description]:
        """Those of the config; serverless where no test says otherwise."""
        request = self.configs.get(config, {})
        return list(request.get("ProductionVariants", [{"ServerlessConfig": {}}]))

    @staticmethod
    def _summary(variant: Description) -> Description:
        if "ServerlessConfig" in variant:
            return {"CurrentServerlessConfig": variant["ServerlessConfig"]}
        return {"CurrentInstanceCount": variant["InitialInstanceCount"]}

    def create_endpoint(self, name: str, config: str, tags: Tags) -> None:
        self._called("create_endpoint", name, config)
        if name in self.endpoints:
            raise EndpointBusyError(f"Cannot create already existing endpoint {name}")
        self.add_endpoint(name, config, "Creating")

    def update_endpoint(self, name: str, config: str, owner: Tags) -> None:
        self.check_owner("endpoint", name, owner)
        self._called("update_endpoint", name, config)
        is_serverless = any(
            "ServerlessConfig" in item for item in self._variants(config)
        )
        present = self.endpoints[name]["ProductionVariants"]
        if is_serverless and any("CurrentInstanceCount" in item for item in present):
            raise RuntimeError(
                "ValidationException: an endpoint on instances never gets serverless"
            )
        pending = {"EndpointConfigName": config}
        self.endpoints[name] |= {
            "EndpointStatus": "Updating",
            "PendingDeploymentSummary": pending,
        }

    def check_owner(self, kind: Kind, name: str, owner: Tags) -> None:
        """What a test gave no tags to belongs to whom it should."""
        item = self._things(kind).get(name, {})
        actual = as_tags(item.get("Tags", [])) or owner
        if not actual.items() >= owner.items():
            raise ForeignResourceError(kind, name, owner, actual)

    def _things(self, kind: Kind) -> dict[str, Description]:
        return {
            "endpoint": self.endpoints,
            "endpoint-config": self.configs,
            "model": self.models,
        }[kind]

    def delete(self, kind: Kind, name: str, owner: Tags) -> bool:
        self.check_owner(kind, name, owner)
        return self._delete(kind, name)

    def _delete(self, kind: Kind, name: str) -> bool:
        self._called("delete", kind, name)
        if kind == "endpoint":
            if name in self.endpoints:
                self.endpoints[name]["EndpointStatus"] = "Deleting"
            return name in self.endpoints
        return (self.configs if kind == "endpoint-config" else self.models).pop(
            name, None
        ) is not None

    def remove_endpoint(self, name: str) -> None:
        self._delete("endpoint", name)
        self.endpoints.pop(name, None)

    def endpoint_statuses(self, prefix: str) -> dict[str, str]:
        return {
            name: item["EndpointStatus"]
            for name, item in self.endpoints.items()
            if name.startswith(prefix)
        }

    def owned(self, kind: Kind, prefix: str, tags: Tags) -> list[TaggedResource]:
        things = self._things(kind)
        result = [
            TaggedResource(kind, name, as_tags(item.get("Tags", [])))
            for name, item in things.items()
        ]
        return [
            item
            for item in result
            if item.name.startswith(prefix) and item.tags.items() >= tags.items()
        ]


class MemoryLogs(Logs):
    def __init__(self, lines: Iterable[str] = ()) -> None:
        self.lines = list(lines)
        self.calls: list[str] = []

    def stream_of_job(self, job: str) -> str:
        self.calls.append("stream_of_job")
        return f"{job}/algo-1-1" if self.lines else ""

    def latest(self, stream: str, lines: int = 50) -> list[str]:
        self.calls.append("latest")
        return self.lines[-lines:]

    def of_job(self, job: str, lines: int = 30) -> list[str]:
        return self.lines[-lines:]

    def of_endpoint(self, endpoint: str, lines: int = 30) -> list[str]:
        return self.lines[-lines:]


class Outbox(Notifications):
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.details: list[dict[str, Any]] = []

    def publish(self, message: Message) -> None:
        self.messages.append(message)

    def announce(self, detail: dict[str, Any]) -> None:
        self.details.append(detail)


class AnsweringRuntime(Runtime):
    """Gives each call the next of its answers, the last one for ever; an exception is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.bodies: list[bytes] = []

    def invoke(self, endpoint: str, body: bytes) -> bytes:
        self.bodies.append(body)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return json.dumps(answer).encode()


class MemoryWorkflow(Workflow):
    def __init__(self) -> None:
        self.statuses: dict[str, str] = {}
        self.started: dict[str, dict[str, Any]] = {}

    def status(self, execution: str) -> str | None:
        return self.statuses.get(execution)

    def start(self, name: str, event: dict[str, Any]) -> bool:
        if name in self.started:
            return self.statuses[name] == "RUNNING" and self.started[name] == event
        self.started[name] = event
        self.statuses[name] = "RUNNING"
        return True

    def end_all(self, status: str) -> None:
        self.statuses = dict.fromkeys(self.statuses, status)
