"""The quotas that endpoints count against: SageMaker limits serverless concurrency, and instances by their type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.quotas import SERVERLESS_CONCURRENCY, endpoint_instances


def quota_of_variant(variant: Mapping[str, Any]) -> tuple[str, int]:
    """The quota of a production variant, and how much of it the variant takes."""
    if serverless := variant.get("ServerlessConfig"):
        return SERVERLESS_CONCURRENCY, int(serverless["MaxConcurrency"])
    name = endpoint_instances(str(variant["InstanceType"]))
    return name, int(variant["InitialInstanceCount"])
