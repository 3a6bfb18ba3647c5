"""What CreateModel and CreateEndpointConfig refuse: what SageMaker does not take, and what is not here."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.sagemaker.async_inference.config import check_async_config
from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.store import Body

SERVERLESS_MEMORY_MB = (1024, 2048, 3072, 4096, 5120, 6144)
"""See https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html#serverless-endpoints-how-it-works-memory."""
_ABSENT_CONFIGS: Mapping[str, str] = {
    "ShadowProductionVariants": "there are no shadow variants",
    "ExplainerConfig": "there is no Clarify",
}
"""Field of CreateEndpointConfig -> why it cannot be had."""


def check_model(request: Body) -> None:
    """Raises `ValidationError`."""
    containers = request.get("Containers") or [request.get("PrimaryContainer")]
    if containers == [None]:
        raise ValidationError("Expected PrimaryContainer or Containers, found neither.")
    if "ExecutionRoleArn" not in request:
        raise ValidationError(
            "Expected an ExecutionRoleArn, with which the model reads its archive from S3; found none."
        )
    for container in containers:
        _check_container(container)


def _check_container(container: Body) -> None:
    names = {"Image", "ModelPackageName"} & container.keys()
    if len(names) != 1:
        raise ValidationError(
            f"Expected an Image or a ModelPackageName in every container, found {'both' if names else 'neither'}."
        )
    if container.get("Mode") == "MultiModel":
        raise ValidationError(
            "Expected the Mode SingleModel, found MultiModel: the local cloud has no multi-model endpoints. "
            "Make an endpoint for each model."
        )


def check_endpoint_config(request: Body) -> None:
    """Raises `ValidationError`."""
    for field, reason in _ABSENT_CONFIGS.items():
        if request.get(field):
            raise ValidationError(
                f"The local cloud does not have {field}: {reason}. Leave it out."
            )
    if request.get("DataCaptureConfig", {}).get("EnableCapture"):
        raise ValidationError(
            "The local cloud does not have DataCaptureConfig: nothing would be captured. Set EnableCapture to false."
        )
    names = [variant["VariantName"] for variant in request["ProductionVariants"]]
    for name in names:
        if names.count(name) > 1:
            raise ValidationError(
                f"Expected each variant to have a name of its own, found {name!r} {names.count(name)} times."
            )
    for variant in request["ProductionVariants"]:
        _check_variant(variant)
    if "AsyncInferenceConfig" in request:
        _check_async(request)


def _check_async(request: Body) -> None:
    """That SageMaker refuses serverless variants of asynchronous endpoints is not verified."""
    for variant in request["ProductionVariants"]:
        if "ServerlessConfig" in variant:
            raise ValidationError(
                "Expected InstanceType and InitialInstanceCount in every production variant of an endpoint "
                f"configuration with AsyncInferenceConfig; {variant['VariantName']!r} has ServerlessConfig."
            )
    check_async_config(request["AsyncInferenceConfig"])


def _check_variant(variant: Body) -> None:
    name = variant["VariantName"]
    if "ModelName" not in variant:
        raise ValidationError(
            "Expected a ModelName in every production variant: there are no inference components."
        )
    if "InstancePools" in variant:
        raise ValidationError(
            f"The local cloud does not have InstancePools, which the variant {name!r} has. Set InstanceType instead."
        )
    on_instances = {"InstanceType", "InitialInstanceCount"} & variant.keys()
    serverless = variant.get("ServerlessConfig")
    if serverless is None and len(on_instances) < 2:
        raise ValidationError(
            "Expected InstanceType and InitialInstanceCount, or ServerlessConfig, in the production variant "
            f"{name!r}; found {' '.join(sorted(on_instances)) or 'neither'}."
        )
    if serverless is None:
        return
    if on_instances:
        raise ValidationError(
            f"Expected ServerlessConfig alone in the production variant {name!r}; found "
            f"{' and '.join(sorted(on_instances))} beside it."
        )
    memory = serverless.get("MemorySizeInMB")
    if memory not in SERVERLESS_MEMORY_MB:
        raise ValidationError(
            f"Expected MemorySizeInMB of the production variant {name!r} to be one of "
            f"{', '.join(map(str, SERVERLESS_MEMORY_MB))}; found {memory}."
        )
