"""How an endpoint's record moves from status to status."""

from __future__ import annotations

import time
from typing import Any

from localcloud.sagemaker.kinds import Body
from localcloud.sagemaker.settings import Settings


def variant_summaries(settings: Settings, config: Body, models: dict[str, Body]) -> list[Body]:
    """`ProductionVariants` of DescribeEndpoint."""
    return [_summary(settings, variant, models[variant["ModelName"]]) for variant in config["ProductionVariants"]]


def _summary(settings: Settings, variant: Body, model: Body) -> Body:
    containers = [model["PrimaryContainer"]] if "PrimaryContainer" in model else model.get("Containers", [])
    images = [c["Image"] for c in containers if "Image" in c]
    weight = variant.get("InitialVariantWeight", 1.0)
    now = time.time()
    return {
        "VariantName": variant["VariantName"],
        "DeployedImages": [{"SpecifiedImage": i, "ResolvedImage": i, "ResolutionTime": now} for i in images],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        **_capacity(settings, variant),
    }


def _capacity(settings: Settings, variant: Body) -> dict[str, Any]:
    if "ServerlessConfig" in variant:
        serverless = variant["ServerlessConfig"]
        return {"CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
    count = variant.get("InitialInstanceCount", 1)
    return {"CurrentInstanceCount": min(count, settings.max_processes), "DesiredInstanceCount": count}


def begin_update(endpoint: Body, config_name: str, variants: list[Body]) -> None:
    endpoint.pop("FailureReason", None)
    endpoint["EndpointStatus"] = "Updating"
    endpoint["PendingDeploymentSummary"] = {
        "EndpointConfigName": config_name,
        "ProductionVariants": variants,
        "StartTime": time.time(),
    }


def in_service(endpoint: Body) -> None:
    """Creating or updating succeeded: what was pending is what serves."""
    pending = endpoint.pop("PendingDeploymentSummary", {})
    for field in ("EndpointConfigName", "ProductionVariants"):
        if field in pending:
            endpoint[field] = pending[field]
    endpoint["EndpointStatus"] = "InService"


def rolled_back(endpoint: Body, reason: str) -> None:
    """An update failed: the old config serves on."""
    endpoint.pop("PendingDeploymentSummary", None)
    endpoint |= {"EndpointStatus": "InService", "FailureReason": reason[:1024]}


def failed(endpoint: Body, reason: str) -> None:
    endpoint.pop("PendingDeploymentSummary", None)
    endpoint |= {"EndpointStatus": "Failed", "FailureReason": reason[:1024]}
