"""Counts of predictions, in memory."""

from __future__ import annotations

from collections import defaultdict

from contracts.drift import AnswerStatistics, total
from functions.adapters.answer_counts import AnswerCounts


class MemoryAnswerCounts(AnswerCounts):
    """All of one day."""

    def __init__(self) -> None:
        self._added: dict[tuple[str, str], list[AnswerStatistics]] = defaultdict(list)
        self.forgotten_before: list[tuple[str, str]] = []

    def add(self, model: str, run: str, statistics: AnswerStatistics) -> None:
        self._added[model, run].append(statistics)

    def of(self, model: str, run: str) -> AnswerStatistics:
        return total(self._added[model, run])

    def since(self, model: str, run: str, day: str) -> AnswerStatistics:
        return self.of(model, run)

    def forget_before(self, model: str, day: str) -> int:
        self.forgotten_before.append((model, day))
        return 0
