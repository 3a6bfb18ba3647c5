"""Real time: instances that always run and bill by the hour."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.spec import IDLE_MINUTES
from deployment_modes.base import DeploymentMode, ModeSetting, Value

STARTUP_SECONDS = 900
"""How long an instance may take to download the model, and then to answer its first health check."""

MAX_IDLE_MINUTES = 7 * 24 * 60
"""CloudWatch keeps numbers by the minute for fifteen days."""


class Realtime(DeploymentMode):
    name = "realtime"
    summary = "bills by the hour"
    body_limit_bytes = 6 * 2**20
    bills_by_the_hour = True
    lacks = "whose instance type says it"
    settings = (
        ModeSetting(
            "instance_type",
            variable="REALTIME_INSTANCE_TYPE",
            parameter="RealtimeInstanceType",
            default="ml.m5.xlarge",
            description="Instance type of a realtime endpoint; the default serving image runs on CPUs.",
            example="ml.m5.xlarge",
            schema={
                "type": "string",
                "pattern": r"^ml\.[a-z0-9-]+\.[a-z0-9]+$",
                "x-noun": "an instance type such as ml.m5.xlarge",
            },
        ),
        ModeSetting(
            "instance_count",
            variable="REALTIME_INSTANCE_COUNT",
            parameter="RealtimeInstanceCount",
            default=1,
            description="Instances of a realtime endpoint.",
            example=2,
            schema={"type": "integer", "minimum": 1, "maximum": 100},
        ),
        ModeSetting(
            IDLE_MINUTES,
            variable="IDLE_MINUTES",
            parameter="IdleMinutes",
            default=0,
            description=(
                "Minutes without a request after which a realtime endpoint is deleted until the next prediction, which "
                "has to wait some minutes for it; 0 keeps it."
            ),
            example=60,
            schema={"type": "integer", "minimum": 0, "maximum": MAX_IDLE_MINUTES},
        ),
    )

    def serves(self, variant: Mapping[str, object]) -> bool:
        return "InstanceType" in variant

    def variant(
        self, name: str, model_name: str, deployment: Mapping[str, Value]
    ) -> dict[str, object]:
        return {
            "VariantName": name,
            "ModelName": model_name,
            "InstanceType": deployment["instance_type"],
            "InitialInstanceCount": int(deployment["instance_count"]),
            "InitialVariantWeight": 1.0,
            "ModelDataDownloadTimeoutInSeconds": STARTUP_SECONDS,
            "ContainerStartupHealthCheckTimeoutInSeconds": STARTUP_SECONDS,
        }
