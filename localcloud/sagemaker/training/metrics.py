"""`MetricDefinitions`: numbers found in what a job prints."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Datum:
    """One number found: its metric, the value, when (epoch seconds)."""

    name: str
    value: float
    at: float


class Metrics:
    """The last value of each metric, and those not yet published; safe between threads.

    Values that are not finite are left out: neither CloudWatch nor JSON takes them.
    """

    def __init__(self, definitions: Sequence[dict[str, str]]) -> None:
        self._patterns = [(d["Name"], re.compile(d["Regex"])) for d in definitions]
        self._lock = threading.Lock()
        self._last: dict[str, Datum] = {}
        self._new: list[Datum] = []

    def feed(self, line: str, at: float) -> None:
        """Look for every metric in one line."""
        for name, pattern in self._patterns:
            value = _number(pattern.search(line))
            if value is not None:
                with self._lock:
                    self._last[name] = Datum(name, value, at)
                    self._new.append(self._last[name])

    def take_new(self) -> list[Datum]:
        """What was found since the last call."""
        with self._lock:
            new, self._new = self._new, []
        return new

    def final(self) -> list[dict[str, str | float]]:
        """`FinalMetricDataList`."""
        with self._lock:
            return [{"MetricName": d.name, "Value": d.value, "Timestamp": d.at} for d in self._last.values()]


def _number(match: re.Match[str] | None) -> float | None:
    if match is None or not match.re.groups:
        return None
    try:
        value = float(match.group(1) or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
