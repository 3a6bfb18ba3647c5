"""Service Quotas: how much of SageMaker the account may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.adapters.errors import translated

_OPERATIONS = ("list_aws_default_service_quotas", "list_service_quotas")


@translated
class ServiceQuotas:
    """Reads them once: they change by a request to AWS, which takes hours."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._values: dict[str, float] = {}

    def of_sagemaker(self) -> Mapping[str, float]:
        """Name -> value. A value that the account never changed is listed only among the defaults."""
        if not self._values:
            values: dict[str, float] = {}
            for operation in _OPERATIONS:
                pages = self._client.get_paginator(operation).paginate(
                    ServiceCode="sagemaker"
                )
                for page in pages:
                    for quota in page["Quotas"]:
                        values[quota["QuotaName"]] = quota["Value"]
            self._values = values
        return self._values
