"""SageMaker in memory: jobs, models, endpoint configs and endpoints by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from functions.adapters.sagemaker import (
    Description,
    EndpointBusyError,
    ForeignResourceError,
    InstanceRefusedError,
    SageMaker,
)
from functions.common.tags import Kind, TaggedResource, Tags, as_list, as_tags
from tests.unit.functions.fakes.clock import NOW


class MemorySageMaker(SageMaker):
    """Things by name; `refusals` are instance types that are not to be had.

    `broken` are methods that change something and fail, `failing` those that look at something, with what they raise.
    """

    def __init__(self) -> None:
        self.jobs: dict[str, Description] = {}
        self.transforms: dict[str, Description] = {}
        self.models: dict[str, Description] = {}
        self.configs: dict[str, Description] = {}
        self.endpoints: dict[str, Description] = {}
        self.traffic: dict[str, Mapping[str, object] | None] = {}
        """Endpoint -> the `DeploymentConfig` of its last update."""
        self.refusals: dict[str, str] = {}
        self.calls: list[tuple[str, ...]] = []
        self.broken: set[str] = set()
        self.failing: dict[str, Exception] = {}
        self.session_tags: list[Tags] = []
        """Of the sessions that were to create training jobs."""

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

    def jobs_in_progress(self, prefix: str, tags: Tags) -> dict[str, Tags]:
        running = {
            name: as_tags(job.get("Tags", [])) or tags
            for name, job in self.jobs.items()
            if job["TrainingJobStatus"] == "InProgress" and name.startswith(prefix)
        }
        return {
            name: actual
            for name, actual in running.items()
            if actual.items() >= tags.items()
        }

    def transform(self, name: str) -> Description | None:
        self._fail("transform")
        return self.transforms.get(name)

    def create_transform(self, request: Description) -> bool:
        instance_type = request["TransformResources"]["InstanceType"]
        name = request["TransformJobName"]
        self._called("create_transform", name)
        if instance_type in self.refusals:
            raise InstanceRefusedError(self.refusals[instance_type])
        job = request | {"TransformJobStatus": "InProgress", "CreationTime": NOW}
        return self._add(self.transforms, name, job)

    def stop_transform(self, name: str) -> bool:
        self._called("stop_transform", name)
        job = self.transforms.get(name)
        if job is None or job["TransformJobStatus"] != "InProgress":
            return False
        job["TransformJobStatus"] = "Stopping"
        return True

    def transforms_in_progress(self, prefix: str, tags: Tags) -> list[str]:
        return [
            name
            for name, job in self.transforms.items()
            if job["TransformJobStatus"] == "InProgress" and name.startswith(prefix)
        ]

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
        description |= {
            "CreationTime": NOW,
            "LastModifiedTime": NOW,
            "ProductionVariants": variants,
        }
        self.endpoints[name] = description | fields

    def _variants(self, config: str) -> list[Description]:
        """Those of the config; serverless where no test says otherwise."""
        request = self.configs.get(config, {})
        return list(request.get("ProductionVariants", [{"ServerlessConfig": {}}]))

    @staticmethod
    def _summary(variant: Description) -> Description:
        name = {"VariantName": variant.get("VariantName", "v")}
        if "ServerlessConfig" in variant:
            return name | {"CurrentServerlessConfig": variant["ServerlessConfig"]}
        return name | {"CurrentInstanceCount": variant["InitialInstanceCount"]}

    def create_endpoint(self, name: str, config: str, tags: Tags) -> None:
        self._called("create_endpoint", name, config)
        if name in self.endpoints:
            raise EndpointBusyError(f"Cannot create already existing endpoint {name}")
        self.add_endpoint(name, config, "Creating", Tags=as_list(tags))

    def update_endpoint(
        self,
        name: str,
        config: str,
        owner: Tags,
        deployment_config: Mapping[str, object] | None = None,
    ) -> None:
        self.check_owner("endpoint", name, owner)
        self._called("update_endpoint", name, config)
        self.traffic[name] = deployment_config
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

    def owned(
        self, kind: Kind, prefix: str, tags: Tags, besides: Collection[str] = ()
    ) -> list[TaggedResource]:
        things = self._things(kind)
        result = [
            TaggedResource(kind, name, as_tags(item.get("Tags", [])))
            for name, item in things.items()
        ]
        return [
            item
            for item in result
            if item.name.startswith(prefix)
            and item.name not in besides
            and item.tags.items() >= tags.items()
        ]
