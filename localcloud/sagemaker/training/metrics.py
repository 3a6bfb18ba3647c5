"""`MetricDefinitions`: numbers found in what a job prints."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker.common.store import Body

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDatumTypeDef

_VALUES_PER_CALL = 500


@dataclass(frozen=True)
class MetricValue:
    """One number that was found. `time` is in epoch seconds."""

    name: str
    value: float
    time: float


class MetricCollector:
    """The last value of each metric, and those not yet published. Threads may share it.

    `definitions` are those of the request, with `Name` and `Regex`. Values that are not finite are left out: neither
    CloudWatch nor JSON takes them.
    """

    def __init__(self, definitions: Sequence[Mapping[str, str]]) -> None:
        self._patterns = [
            (definition["Name"], re.compile(definition["Regex"]))
            for definition in definitions
        ]
        self._lock = threading.Lock()
        self._last: dict[str, MetricValue] = {}
        self._unpublished: list[MetricValue] = []

    def read_line(self, line: str, time: float) -> None:
        """Looks for every metric in one line, printed at `time`."""
        for name, pattern in self._patterns:
            number = _number(pattern.search(line))
            if number is None:
                continue
            with self._lock:
                value = MetricValue(name, number, time)
                self._last[name] = value
                self._unpublished.append(value)

    def take_unpublished(self) -> list[MetricValue]:
        """The values found since the last call."""
        with self._lock:
            values, self._unpublished = self._unpublished, []
        return values

    def final_list(self) -> list[Body]:
        """`FinalMetricDataList` of DescribeTrainingJob."""
        with self._lock:
            values = list(self._last.values())
        return [
            {"MetricName": value.name, "Value": value.value, "Timestamp": value.time}
            for value in values
        ]


def _number(match: re.Match[str] | None) -> float | None:
    if match is None or not match.re.groups:
        return None
    try:
        number = float(match.group(1) or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def publish(
    client: CloudWatchClient,
    namespace: str,
    job_name: str,
    values: Sequence[MetricValue],
) -> None:
    """Puts the values into CloudWatch. Those that it refuses, or that come while it is away, are lost."""
    dimensions: list[DimensionTypeDef] = [
        {"Name": "TrainingJobName", "Value": job_name}
    ]
    data: list[MetricDatumTypeDef] = []
    for value in values:
        timestamp = datetime.fromtimestamp(value.time, UTC)
        data.append(
            {
                "MetricName": value.name,
                "Value": value.value,
                "Timestamp": timestamp,
                "Dimensions": dimensions,
            }
        )
    for first in range(0, len(data), _VALUES_PER_CALL):
        with suppress(BotoCoreError, ClientError):
            client.put_metric_data(
                Namespace=namespace, MetricData=data[first : first + _VALUES_PER_CALL]
            )
