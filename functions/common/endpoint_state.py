"""What an endpoint's description says of its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Description = Mapping[str, Any]
"""DescribeEndpoint's answer."""

DEAD = frozenset({"Failed", "UpdateRollbackFailed", "OutOfService"})
CHANGING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})


def configs_of(endpoint: Description | None) -> set[str]:
    """The endpoint configs in use: the one that serves, and the one that is being deployed."""
    if endpoint is None or endpoint["EndpointStatus"] == "Deleting":
        return set()
    pending = endpoint.get("PendingDeploymentSummary") or {}
    return {
        name
        for name in (endpoint.get("EndpointConfigName"), pending.get("EndpointConfigName"))
        if name
    }
