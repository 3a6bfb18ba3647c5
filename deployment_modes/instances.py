"""What the modes share that serve on instances."""

from __future__ import annotations

from collections.abc import Mapping

from deployment_modes.base import ModeSetting, Value

STARTUP_SECONDS = 900
"""How long an instance may take to download the model, and then to answer its first health check."""

INSTANCE_TYPE = ModeSetting(
    "instance_type",
    variable="REALTIME_INSTANCE_TYPE",
    parameter="RealtimeInstanceType",
    default="ml.m5.xlarge",
    description="Instance type of a realtime or async endpoint; the default serving image runs on CPUs.",
    example="ml.m5.xlarge",
    schema={
        "type": "string",
        "pattern": r"^ml\.[a-z0-9-]+\.[a-z0-9]+$",
        "x-noun": "an instance type such as ml.m5.xlarge",
    },
)
INSTANCE_COUNT = ModeSetting(
    "instance_count",
    variable="REALTIME_INSTANCE_COUNT",
    parameter="RealtimeInstanceCount",
    default=1,
    description="Instances of a realtime or async endpoint.",
    example=2,
    schema={"type": "integer", "minimum": 1, "maximum": 100},
)


def instance_variant(
    name: str, model_name: str, deployment: Mapping[str, Value]
) -> dict[str, object]:
    """The production variant of `CreateEndpointConfig` on instances."""
    return {
        "VariantName": name,
        "ModelName": model_name,
        "InstanceType": deployment["instance_type"],
        "InitialInstanceCount": int(deployment["instance_count"]),
        "InitialVariantWeight": 1.0,
        "ModelDataDownloadTimeoutInSeconds": STARTUP_SECONDS,
        "ContainerStartupHealthCheckTimeoutInSeconds": STARTUP_SECONDS,
    }
