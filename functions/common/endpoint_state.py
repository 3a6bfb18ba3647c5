"""What an endpoint's description says of its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Description = Mapping[str, Any]
"""DescribeEndpoint's answer."""

DEAD = frozenset({"Failed", "UpdateRollbackFailed", "OutOfService"})
CHANGING = frozenset(
    {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
)


_ASYNC = "AsyncInferenceConfig"


def must_be_replaced(endpoint: Description, config: Description | None) -> bool:
    """Whether the endpoint must be deleted and created to serve the config: instances never become serverless.

    `config` is DescribeEndpointConfig's answer. SageMaker refuses such an update with a ValidationException; the other
    way round it updates. Whether it updates between answers at once and answers later is not verified, and is never
    tried.
    """
    if config and (_ASYNC in config) != (_ASYNC in endpoint):
        return True
    wanted = (config or {}).get("ProductionVariants", ())
    present = endpoint.get("ProductionVariants", ())
    is_on_instances = any(
        "CurrentServerlessConfig" not in variant for variant in present
    )
    return is_on_instances and any("ServerlessConfig" in variant for variant in wanted)


def configs_of(endpoint: Description | None) -> set[str]:
    """The endpoint configs in use: the one that serves, and the one that is being deployed."""
    if endpoint is None or endpoint["EndpointStatus"] == "Deleting":
        return set()
    pending = endpoint.get("PendingDeploymentSummary") or {}
    return {
        name
        for name in (
            endpoint.get("EndpointConfigName"),
            pending.get("EndpointConfigName"),
        )
        if name
    }
