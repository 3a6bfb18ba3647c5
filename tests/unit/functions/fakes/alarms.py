"""CloudWatch's alarms in memory."""

from __future__ import annotations

from collections.abc import Sequence

from deployment_modes.traffic import Alarm
from functions.adapters.alarms import Alarms


class MemoryAlarms(Alarms):
    """`present` are the alarms by their names, each with its endpoint and variant."""

    def __init__(self) -> None:
        self.present: dict[str, tuple[Alarm, str, str]] = {}

    def put(self, alarm: Alarm, endpoint: str, variant: str) -> None:
        self.present[alarm.name] = (alarm, endpoint, variant)

    def named(self, prefix: str) -> list[str]:
        return [name for name in self.present if name.startswith(prefix)]

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            self.present.pop(name, None)
