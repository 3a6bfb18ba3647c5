"""Quotas of endpoints, as the account's Service Quotas list them: an endpoint that has no room in one is refused.

An account whose Service Quotas list nothing has no limits here, unlike on AWS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from contracts.quotas import SERVERLESS_CONCURRENCY, endpoint_instances
from localcloud.sagemaker.common.errors import ResourceLimitError
from localcloud.sagemaker.common.store import (
    ENDPOINT,
    ENDPOINT_CONFIG,
    Body,
    MissingError,
)
from localcloud.sagemaker.operations.base import SageMaker

_USES_NOTHING = ("Failed", "Deleting")


def require_room(sagemaker: SageMaker, config_name: str) -> None:
    """Raises `ResourceLimitError` where an endpoint of the config does not fit beside all that there are.

    An update needs room for both: the present release serves until the new one does.
    """
    limits = _limits(sagemaker)
    if not limits:
        return
    used = Counter[str]()
    for endpoint in sagemaker.store.all(ENDPOINT):
        if endpoint["EndpointStatus"] not in _USES_NOTHING:
            used.update(_amounts(sagemaker, endpoint["EndpointConfigName"]))
    for name, amount in _amounts(sagemaker, config_name).items():
        if name in limits and used[name] + amount > limits[name]:
            raise ResourceLimitError(
                f"The account-level service limit '{name}' is {limits[name]:g}, with current utilization of "
                f"{used[name]} and a request delta of {amount}. Please use AWS Service Quotas to request an increase "
                "for this quota. If AWS Service Quotas is not available, contact AWS support to request an increase "
                "for this quota."
            )


def _limits(sagemaker: SageMaker) -> Mapping[str, float]:
    client = sagemaker.state.clients.service_quotas
    try:
        answer = client.list_service_quotas(ServiceCode="sagemaker")
    except (BotoCoreError, ClientError):
        return {}
    return {quota["QuotaName"]: quota["Value"] for quota in answer["Quotas"]}


def _amounts(sagemaker: SageMaker, config_name: str) -> Mapping[str, int]:
    """Quota -> how much of it the variants of a config take; nothing of one that is gone."""
    amounts = Counter[str]()
    try:
        config: Body = sagemaker.store.get(ENDPOINT_CONFIG, config_name)
    except MissingError:
        return amounts
    for variant in config["ProductionVariants"]:
        if serverless := variant.get("ServerlessConfig"):
            amounts[SERVERLESS_CONCURRENCY] += serverless["MaxConcurrency"]
        else:
            name = endpoint_instances(variant["InstanceType"])
            amounts[name] += variant["InitialInstanceCount"]
    return amounts
