"""What an endpoint config and its models ask for, read from their records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from localcloud.sagemaker.common.errors import DeploymentError
from localcloud.sagemaker.common.store import Body


@dataclass(frozen=True)
class ProductionVariant:
    """One of `ProductionVariants` of an endpoint config."""

    name: str
    model_name: str
    weight: float
    instance_count: int
    serverless_config: Body | None
    """None for a variant on instances."""
    startup_timeout: float | None
    """Seconds for the first `/ping` 200; None where the config does not say."""

    @classmethod
    def from_body(cls, variant: Body) -> ProductionVariant:
        return cls(
            name=variant["VariantName"],
            model_name=variant["ModelName"],
            weight=variant.get("InitialVariantWeight", 1.0),
            instance_count=variant.get("InitialInstanceCount", 1),
            serverless_config=variant.get("ServerlessConfig"),
            startup_timeout=variant.get("ContainerStartupHealthCheckTimeoutInSeconds"),
        )

    def process_count(self, max_processes: int) -> int:
        """How many model servers stand in for the variant's instances."""
        return min(self.instance_count, max_processes)


@dataclass(frozen=True)
class Container:
    """The container of a model."""

    image: str
    """Its URI, or nothing where the model does not say."""
    environment: Mapping[str, str]
    model_uri: str | None
    model_is_prefix: bool
    """Whether `model_uri` is a folder of files, not an archive."""
    role_arn: str | None = None
    """Of the role that the model is passed."""

    @classmethod
    def of_model(cls, model: Body) -> Container:
        """The container that serves. Raises `DeploymentError` unless the model has exactly one."""
        containers = container_bodies(model)
        if len(containers) != 1:
            raise DeploymentError(
                f"Expected a model with one container, found {len(containers)} in {model['ModelName']!r}: "
                "the local cloud has no inference pipelines. Put the steps into one container."
            )
        return replace(
            cls.from_body(containers[0]), role_arn=model.get("ExecutionRoleArn")
        )

    @classmethod
    def from_body(cls, container: Body) -> Container:
        source = container.get("ModelDataSource", {}).get("S3DataSource")
        return cls(
            image=container.get("Image", ""),
            environment=container.get("Environment", {}),
            model_uri=source["S3Uri"] if source else container.get("ModelDataUrl"),
            model_is_prefix=bool(source) and source["S3DataType"] == "S3Prefix",
        )


PACKAGE_CONTAINERS = "PackageContainers"
"""Field of the store's record of a model that was made of model packages: their containers. No operation shows it."""


def container_bodies(model: Body) -> list[Body]:
    """A model's containers, those of its packages in their places."""
    if PACKAGE_CONTAINERS in model:
        packaged: list[Body] = model[PACKAGE_CONTAINERS]
        return packaged
    if "PrimaryContainer" in model:
        return [model["PrimaryContainer"]]
    containers: list[Body] = model.get("Containers", [])
    return containers
