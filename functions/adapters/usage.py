"""CloudWatch's numbers of an endpoint: how often it was called, by whomever."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

from functions.adapters.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_NAMESPACE, _METRIC = "AWS/SageMaker", "Invocations"
_MINUTE = 60
_MAX_DATAPOINTS = 1440
"""Of one answer of GetMetricStatistics."""


@translated
class Usage:
    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def requests(
        self, endpoint: str, variant: str, since: datetime, until: datetime
    ) -> int:
        """Requests that the variant was sent, in whole minutes. The last one or two may not be counted yet."""
        minutes = (until - since).total_seconds() / _MINUTE
        period = _MINUTE * max(1, math.ceil(minutes / (_MAX_DATAPOINTS - 1)))
        answer = self._client.get_metric_statistics(
            Namespace=_NAMESPACE,
            MetricName=_METRIC,
            Dimensions=[
                {"Name": "EndpointName", "Value": endpoint},
                {"Name": "VariantName", "Value": variant},
            ],
            StartTime=since,
            EndTime=until,
            Period=period,
            Statistics=["Sum"],
        )
        return round(sum(point["Sum"] for point in answer["Datapoints"]))
