"""The clock of a world: what is due happens in the order of its time, at once."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.chaos.state import State

START = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


class Timeline:
    """Moves the time of a state. In the place of `datetime`, it gives that time."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def now(self, zone: Any = UTC) -> datetime:
        return (START + timedelta(seconds=self._state.time)).astimezone(zone)

    def schedule(self, seconds: float, action: Callable[[], None]) -> None:
        due = self._state.time + seconds
        heapq.heappush(self._due, (due, next(self._order), action))

    def advance(self, seconds: float) -> None:
        """Lets everything happen that is due in this time."""
        until = self._state.time + seconds
        while self._due and self._due[0][0] <= until:
            self.next()
        self._state.time = until

    def next(self) -> None:
        """Lets the next thing happen."""
        due, _, action = heapq.heappop(self._due)
        self._state.time = max(self._state.time, due)
        action()
