"""Serverless: costs nothing when idle, starts cold."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.environment import ServingVariable
from contracts.spec import has_gpu
from deployment_modes.base import DeploymentMode, ModeSetting, Value, variant_of

REGIONS = frozenset(
    {
        "af-south-1",
        "ap-east-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-south-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "me-south-1",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
"""As "Supported Regions and Quotas" of SageMaker's page "Deploy models with Amazon SageMaker Serverless Inference"
(docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html) lists them, read in November 2026.

China, GovCloud and the isolated partitions are not among them.
"""


class Serverless(DeploymentMode):
    name = "serverless"
    summary = "costs nothing when idle and starts cold"
    body_limit_bytes = 4 * 2**20
    regions = REGIONS
    starts_cold = True
    lacks = "which has no instances"
    settings = (
        ModeSetting(
            "memory_mb",
            variable="SERVERLESS_MEMORY_MB",
            parameter="ServerlessMemoryMb",
            default=3072,
            description="Memory of a serverless endpoint.",
            example=4096,
            schema={"type": "integer", "enum": [1024, 2048, 3072, 4096, 5120, 6144]},
        ),
        ModeSetting(
            "max_concurrency",
            variable="SERVERLESS_MAX_CONCURRENCY",
            parameter="ServerlessMaxConcurrency",
            default=5,
            description="Requests a serverless endpoint answers at once.",
            example=10,
            schema={"type": "integer", "minimum": 1, "maximum": 200},
        ),
    )

    def variant(
        self, name: str, model_name: str, deployment: Mapping[str, Value]
    ) -> dict[str, object]:
        serverless = {
            "MemorySizeInMB": int(deployment["memory_mb"]),
            "MaxConcurrency": int(deployment["max_concurrency"]),
        }
        return {
            "VariantName": name,
            "ModelName": model_name,
            "ServerlessConfig": serverless,
        }

    def serves(self, config: Mapping[str, object]) -> bool:
        return "ServerlessConfig" in variant_of(config)

    def container_environment(
        self, run: str, deployment: Mapping[str, Value]
    ) -> dict[str, str]:
        # Every worker loads the model, and the memory is for one.
        return {ServingVariable.WORKERS.value: "1"}

    def describe_foreign(self, name: str, value: Value) -> str:
        if name == "instance_type" and has_gpu(str(value)):
            return f"{value}, a GPU type: serverless endpoints have no GPU"
        return str(value)
