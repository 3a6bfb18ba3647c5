"""How long texts are: histograms of characters and words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Lengths:
    """Characters and words of every text added."""

    characters: Counter[int] = field(default_factory=Counter)
    words: Counter[int] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        self.characters[len(text)] += 1
        self.words[len(text.split())] += 1

    def summary(self) -> dict[str, Any]:
        return {"characters": spread(self.characters), "words": spread(self.words)}


def spread(counts: Counter[int]) -> dict[str, int]:
    """Minimum, median, 95th percentile and maximum of a histogram; empty for an empty one."""
    if not counts:
        return {}
    return {
        "min": min(counts),
        "median": _quantile(counts, 0.5),
        "p95": _quantile(counts, 0.95),
        "max": max(counts),
    }


def _quantile(counts: Counter[int], share: float) -> int:
    rest = share * counts.total()
    for value in sorted(counts):
        rest -= counts[value]
        if rest <= 0:
            return value
    return max(counts)
