"""What a simulated day takes of each resource: calls a second against a token bucket, and things at one moment."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class RateMeter:
    """Calls of one operation by the second in which they are made."""

    seconds: Counter[int] = field(default_factory=Counter)

    def add(self, time: float, count: float = 1.0) -> None:
        self.seconds[int(time)] += count  # type: ignore[assignment] # means of calls

    def spread(self, begin: float, duration: float, count: float) -> None:
        """Evenly over the seconds of a function that makes them one after another."""
        whole = max(1, round(duration))
        for second in range(whole):
            self.add(begin + second, count / whole)

    @property
    def total(self) -> float:
        return sum(self.seconds.values())

    @property
    def peak(self) -> float:
        """Most in one second."""
        return max(self.seconds.values(), default=0.0)

    def refused(self, burst: float, rate: float) -> float:
        """How many calls a bucket of `burst` tokens, refilled by `rate` a second, has no token for."""
        tokens, before, refused = burst, 0, 0.0
        for second in sorted(self.seconds):
            tokens = min(burst, tokens + (second - before) * rate)
            missing = max(0.0, self.seconds[second] - tokens)
            refused += missing
            tokens -= self.seconds[second] - missing
            before = second
        return refused


@dataclass
class Pool:
    """Things that are held from one time to another, at most `most` at once. Times never go back."""

    most: float = float("inf")
    peak: int = 0
    refused: int = 0
    _held_seconds: float = 0.0
    _ends: list[float] = field(default_factory=list)

    def in_use(self, time: float) -> int:
        while self._ends and self._ends[0] <= time:
            heapq.heappop(self._ends)
        return len(self._ends)

    def take(self, time: float, duration: float) -> bool:
        """False, and one more that was refused, where all are held."""
        if self.in_use(time) >= self.most:
            self.refused += 1
            return False
        heapq.heappush(self._ends, time + duration)
        self.peak = max(self.peak, len(self._ends))
        self._held_seconds += duration
        return True

    def mean(self, seconds: float) -> float:
        """Held on average over so long."""
        return self._held_seconds / seconds


@dataclass
class Level:
    """A number of things that are made and removed at moments of their own."""

    most: float = float("inf")
    count: int = 0
    peak: int = 0
    refused: int = 0

    def take(self) -> bool:
        if self.count >= self.most:
            self.refused += 1
            return False
        self.count += 1
        self.peak = max(self.peak, self.count)
        return True

    def give_back(self) -> None:
        self.count -= 1
