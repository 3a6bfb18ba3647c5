"""CloudWatch's alarms on an endpoint, for as long as a release takes another's place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.adapters.errors import translated

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

    from deployment_modes.traffic import Alarm

_NAMESPACE = "AWS/SageMaker"
_PERIOD_SECONDS = 60


@translated
class Alarms:
    def __init__(self, client: CloudWatchClient) -> None:
        self._client = client

    def put(self, alarm: Alarm, endpoint: str, variant: str) -> None:
        """Makes it, or brings one of its name in line. A minute without requests trips nothing."""
        statistic = (
            {"Statistic": alarm.statistic}
            if alarm.statistic == "Average"
            else {"ExtendedStatistic": alarm.statistic}
        )
        self._client.put_metric_alarm(
            AlarmName=alarm.name,
            AlarmDescription="Takes a release's requests back to the earlier one.",
            Namespace=_NAMESPACE,
            MetricName=alarm.metric,
            Dimensions=[
                {"Name": "EndpointName", "Value": endpoint},
                {"Name": "VariantName", "Value": variant},
            ],
            Period=_PERIOD_SECONDS,
            EvaluationPeriods=1,
            Threshold=alarm.threshold,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="notBreaching",
            **statistic,  # type: ignore[arg-type]
        )

    def named(self, prefix: str) -> list[str]:
        """The names of the alarms whose names begin so."""
        pages = self._client.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"]
        )
        return [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]

    def delete(self, names: Sequence[str]) -> None:
        """Those that are there."""
        present = self._client.describe_alarms(AlarmNames=list(names))["MetricAlarms"]
        if present:
            self._remove([alarm["AlarmName"] for alarm in present])

    def _remove(self, names: list[str]) -> None:
        try:
            self._client.delete_alarms(AlarmNames=names)
        except ClientError as error:
            # Somebody else has removed one meanwhile.
            if error.response["Error"].get("Code") != "ResourceNotFound":
                raise
