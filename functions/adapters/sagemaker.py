"""SageMaker's control plane: training jobs, models, endpoint configs and endpoints, and what tells their errors apart.

A missing model, config or endpoint is a ValidationException there, a missing job a ValidationException or
ResourceNotFound; both are None here. A name that is taken is ValidationException or ResourceInUse; it is False here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from functions.adapters.errors import translated
from functions.common.tags import (
    MODEL,
    STACK,
    Kind,
    TaggedResource,
    Tags,
    as_list,
    as_tags,
)

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

Description = dict[str, Any]
"""What a Describe call answers."""

_MISSING = re.compile(
    r"could not find|not found|does not exist|cannot find", re.IGNORECASE
)
_TAKEN = re.compile(r"already exist|already been used|in use", re.IGNORECASE)
_BUSY = re.compile(
    r"in[- ]progress|is being|currently (creating|updating|deleting)|status is",
    re.IGNORECASE,
)
_REFUSED = frozenset(
    {
        "ResourceLimitExceeded",
        "CapacityError",
        "InsufficientCapacityException",
        "ResourceLimitExceededException",
    }
)


class EndpointBusyError(RuntimeError):
    """The endpoint or its config cannot be changed at this moment; asking again later helps."""


class ForeignResourceError(RuntimeError):
    """Something of the right name belongs to another stack or another model, and must not be changed."""

    def __init__(self, kind: Kind, name: str, owner: Tags, actual: Tags) -> None:
        expected, present = (_of(tags) for tags in (owner, actual))
        super().__init__(
            f"expected the {kind} {name!r} to be {expected}; found it {present}. "
            "Rename the model, or remove what has its name."
        )


class InstanceRefusedError(RuntimeError):
    """No instance of this type: a full quota, or no capacity."""


def _of(tags: Tags) -> str:
    """Whose something is, for people."""
    stack, model = tags.get(STACK, "unknown"), tags.get(MODEL, "unknown")
    return f"of the stack {stack!r} and the model {model!r}"


def _code(error: ClientError) -> str:
    return str(error.response["Error"].get("Code", ""))


def _message(error: ClientError) -> str:
    return str(error.response["Error"].get("Message", ""))


def is_missing(error: ClientError) -> bool:
    not_found = _code(error) in {"ResourceNotFound", "ResourceNotFoundException"}
    return not_found or (
        _code(error) == "ValidationException" and bool(_MISSING.search(_message(error)))
    )


def is_taken(error: ClientError) -> bool:
    in_use = _code(error) in {"ResourceInUse", "ResourceInUseException"}
    return in_use or (
        _code(error) == "ValidationException" and bool(_TAKEN.search(_message(error)))
    )


def is_busy(error: ClientError) -> bool:
    return _code(error) == "ValidationException" and bool(_BUSY.search(_message(error)))


@translated
class SageMaker:
    """The calls Traindrop needs."""

    def __init__(self, client: SageMakerClient) -> None:
        self._client = client

    @staticmethod
    def _find(call: Callable[..., Any], **request: str) -> Description | None:
        try:
            return cast(Description, call(**request))
        except ClientError as error:
            if is_missing(error):
                return None
            raise

    @staticmethod
    def _make(call: Callable[..., Any], request: Description) -> bool:
        """False where something of that name exists."""
        try:
            call(**request)
        except ClientError as error:
            if is_taken(error):
                return False
            raise
        return True

    @staticmethod
    def _remove(call: Callable[..., Any], **request: str) -> bool:
        """False where there was nothing to remove."""
        try:
            call(**request)
        except ClientError as error:
            if is_missing(error):
                return False
            if is_busy(error):
                raise EndpointBusyError(_message(error)) from error
            raise
        return True

    def job(self, name: str) -> Description | None:
        return self._find(self._client.describe_training_job, TrainingJobName=name)

    def create_job(self, request: Description) -> bool:
        """False where the job exists; raises `InstanceRefusedError` for a full quota or missing capacity."""
        try:
            return self._make(self._client.create_training_job, request)
        except ClientError as error:
            if _code(error) in _REFUSED:
                raise InstanceRefusedError(_message(error)) from error
            raise

    def stop_job(self, name: str) -> bool:
        """False where the job has ended, or never was."""
        job = self.job(name)
        if job is None or job["TrainingJobStatus"] not in {"InProgress", "Stopping"}:
            return False
        return self._remove(self._client.stop_training_job, TrainingJobName=name)

    def jobs_in_progress(self, prefix: str, tags: Tags) -> dict[str, Tags]:
        """Name -> tags of the running jobs whose name begins with `prefix` and that carry all of `tags`."""
        pages = self._client.get_paginator("list_training_jobs").paginate(
            NameContains=prefix, StatusEquals="InProgress"
        )
        jobs = [job for page in pages for job in page["TrainingJobSummaries"]]
        running = {
            job["TrainingJobName"]: self._tags(job["TrainingJobArn"])
            for job in jobs
            if job["TrainingJobName"].startswith(prefix)
        }
        return {
            name: actual
            for name, actual in running.items()
            if actual.items() >= tags.items()
        }

    def transform(self, name: str) -> Description | None:
        return self._find(self._client.describe_transform_job, TransformJobName=name)

    def create_transform(self, request: Description) -> bool:
        """False where the job exists; raises `InstanceRefusedError` for a full quota or missing capacity."""
        try:
            return self._make(self._client.create_transform_job, request)
        except ClientError as error:
            if _code(error) in _REFUSED:
                raise InstanceRefusedError(_message(error)) from error
            raise

    def stop_transform(self, name: str) -> bool:
        """False where the job has ended, or never was."""
        job = self.transform(name)
        if job is None or job["TransformJobStatus"] not in {"InProgress", "Stopping"}:
            return False
        return self._remove(self._client.stop_transform_job, TransformJobName=name)

    def transforms_in_progress(self, prefix: str, tags: Tags) -> list[str]:
        """The running transform jobs whose name begins with `prefix` and that carry all of `tags`."""
        pages = self._client.get_paginator("list_transform_jobs").paginate(
            NameContains=prefix, StatusEquals="InProgress"
        )
        jobs = [job for page in pages for job in page["TransformJobSummaries"]]
        return [
            job["TransformJobName"]
            for job in jobs
            if job["TransformJobName"].startswith(prefix)
            and self._tags(job["TransformJobArn"]).items() >= tags.items()
        ]

    def model(self, name: str) -> Description | None:
        return self._find(self._client.describe_model, ModelName=name)

    def create_model(self, request: Description) -> bool:
        return self._make(self._client.create_model, request)

    def config(self, name: str) -> Description | None:
        return self._find(
            self._client.describe_endpoint_config, EndpointConfigName=name
        )

    def create_config(self, request: Description) -> bool:
        return self._make(self._client.create_endpoint_config, request)

    def endpoint(self, name: str) -> Description | None:
        return self._find(self._client.describe_endpoint, EndpointName=name)

    def create_endpoint(self, name: str, config: str, tags: Tags) -> None:
        """Raises `EndpointBusyError` where the name is (still) taken or the config is not yet visible."""
        try:
            self._client.create_endpoint(
                EndpointName=name,
                EndpointConfigName=config,
                Tags=cast(Any, as_list(tags)),
            )
        except ClientError as error:
            if is_taken(error) or is_missing(error) or is_busy(error):
                raise EndpointBusyError(_message(error)) from error
            raise

    def check_owner(self, kind: Kind, name: str, owner: Tags) -> None:
        """Raises `ForeignResourceError` where something of that name lacks one of the owner's tags."""
        description = self._describe(kind, name)
        if description is None:
            return
        actual = self._tags(description[f"{_LISTS[kind][2]}Arn"])
        if not actual.items() >= owner.items():
            raise ForeignResourceError(kind, name, owner, actual)

    def _describe(self, kind: Kind, name: str) -> Description | None:
        if kind == "endpoint":
            return self.endpoint(name)
        return self.config(name) if kind == "endpoint-config" else self.model(name)

    def update_endpoint(
        self,
        name: str,
        config: str,
        owner: Tags,
        deployment_config: Mapping[str, object] | None = None,
    ) -> None:
        """All at once, or as `DeploymentConfig` says.

        Raises `EndpointBusyError` where the endpoint is changing or the config is not yet visible, and
        `ForeignResourceError` where it is another's.
        """
        self.check_owner("endpoint", name, owner)
        shift = {"DeploymentConfig": deployment_config} if deployment_config else {}
        try:
            self._client.update_endpoint(
                EndpointName=name, EndpointConfigName=config, **cast(Any, shift)
            )
        except ClientError as error:
            if is_missing(error) or is_busy(error):
                raise EndpointBusyError(_message(error)) from error
            raise

    def delete(self, kind: Kind, name: str, owner: Tags) -> bool:
        """False where there was nothing to delete; raises `EndpointBusyError` where it is changing, and
        `ForeignResourceError` where it is another's."""
        self.check_owner(kind, name, owner)
        return self._delete(kind, name)

    def delete_owned(self, item: TaggedResource) -> bool:
        """The same of something whose tags have been read."""
        return self._delete(item.kind, item.name)

    def _delete(self, kind: Kind, name: str) -> bool:
        if kind == "endpoint":
            return self._remove(self._client.delete_endpoint, EndpointName=name)
        if kind == "endpoint-config":
            return self._remove(
                self._client.delete_endpoint_config, EndpointConfigName=name
            )
        return self._remove(self._client.delete_model, ModelName=name)

    def remove_endpoint(self, name: str) -> None:
        """Returns when the endpoint is gone; raises botocore's `WaiterError` after a quarter of an hour."""
        endpoint = self.endpoint(name)
        if endpoint is None:
            return
        if endpoint["EndpointStatus"] != "Deleting":
            self._delete("endpoint", name)
        waiter = self._client.get_waiter("endpoint_deleted")
        waiter.wait(EndpointName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 450})

    def endpoint_statuses(self, prefix: str) -> dict[str, str]:
        """Name -> status of every endpoint whose name begins with `prefix`."""
        pages = self._client.get_paginator("list_endpoints").paginate(
            NameContains=prefix
        )
        statuses = (
            (item["EndpointName"], item["EndpointStatus"])
            for page in pages
            for item in page["Endpoints"]
        )
        return {name: status for name, status in statuses if name.startswith(prefix)}

    def owned(
        self, kind: Kind, prefix: str, tags: Tags, besides: Collection[str] = ()
    ) -> list[TaggedResource]:
        """What has a name that begins with `prefix` and carries all of `tags`.

        The tags of what is called as one of `besides` are not read, and it is left out.
        """
        candidates = (
            (name, arn)
            for name, arn in self._listed(kind, prefix)
            if name.startswith(prefix) and name not in besides
        )
        resources = (
            TaggedResource(kind, name, self._tags(arn)) for name, arn in candidates
        )
        return [item for item in resources if item.tags.items() >= tags.items()]

    def _listed(self, kind: Kind, prefix: str) -> Iterator[tuple[str, str]]:
        operation, items, item = _LISTS[kind]
        for page in self._client.get_paginator(operation).paginate(NameContains=prefix):
            for description in cast(dict[str, Any], page)[items]:
                yield description[f"{item}Name"], description[f"{item}Arn"]

    def _tags(self, arn: str) -> Tags:
        """Tags of something that may be gone by now: then none."""
        pages = self._client.get_paginator("list_tags").paginate(ResourceArn=arn)
        try:
            return as_tags(tag for page in pages for tag in page["Tags"])
        except ClientError as error:
            if is_missing(error):
                return {}
            raise


_LISTS: dict[Kind, tuple[Any, str, str]] = {
    "endpoint": ("list_endpoints", "Endpoints", "Endpoint"),
    "endpoint-config": ("list_endpoint_configs", "EndpointConfigs", "EndpointConfig"),
    "model": ("list_models", "Models", "Model"),
}
