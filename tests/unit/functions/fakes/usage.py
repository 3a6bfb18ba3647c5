"""CloudWatch's count of requests, in memory."""

from __future__ import annotations

from datetime import datetime

from functions.adapters.usage import Usage


class CountedUsage(Usage):
    """`calls` are the moments at which a variant was called, by its name."""

    def __init__(self) -> None:
        self.calls: dict[str, list[datetime]] = {}

    def requests(
        self, endpoint: str, variant: str, since: datetime, until: datetime
    ) -> int:
        return sum(since <= call <= until for call in self.calls.get(variant, ()))
