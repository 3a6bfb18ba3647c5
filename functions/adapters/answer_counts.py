"""What predictions were like, counted by release and day in the ledger's table. Counts name labels, and no data.

Items: `answers#<model>`/<run>#<day>, with a number for each count of `AnswerStatistics`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.drift import AnswerStatistics, total
from functions.adapters.errors import translated
from functions.adapters.ledger_table import LedgerTable, answers_partition

_LABEL, _CONFIDENCE = "label#", "confidence#"
_PLAIN = ("answers", "texts", "long_texts")


@translated
class AnswerCounts(LedgerTable):
    """The only way to these items; a model's deletion removes them with the model."""

    def add(self, model: str, run: str, statistics: AnswerStatistics) -> None:
        """Adds to today's counts, whoever else adds at the same moment."""
        counts = _flat(statistics)
        names = {f"#c{i}": name for i, name in enumerate(counts)}
        values = {f":c{i}": count for i, count in enumerate(counts.values())}
        added = ", ".join(f"#c{i} :c{i}" for i in range(len(counts)))
        self._table.update_item(
            Key=_key(model, run, self._stamp()[:10]),
            UpdateExpression=f"ADD {added}",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )

    def since(self, model: str, run: str, day: str) -> AnswerStatistics:
        """Of a release, from this day on."""
        items = self._days(model)
        return total(
            _statistics(content) for key, content in items if _is_since(key, run, day)
        )

    def forget_before(self, model: str, day: str) -> int:
        """Removes what was counted before this day; how many items that were."""
        old = [key for key, _ in self._days(model) if key.rpartition("#")[2] < day]
        for key in old:
            self._table.delete_item(Key={"pk": answers_partition(model), "sk": key})
        return len(old)

    def _days(self, model: str) -> Iterator[tuple[str, dict[str, Any]]]:
        return self._partition(answers_partition(model))


def _key(model: str, run: str, day: str) -> dict[str, str]:
    return {"pk": answers_partition(model), "sk": f"{run}#{day}"}


def _is_since(key: str, run: str, day: str) -> bool:
    counted_run, _, counted_day = key.rpartition("#")
    return counted_run == run and counted_day >= day


def _flat(statistics: AnswerStatistics) -> dict[str, int]:
    """DynamoDB adds to numbers of an item, and not to those inside a map that is not there yet."""
    counts = {name: getattr(statistics, name) for name in _PLAIN}
    for label, count in statistics.labels.items():
        counts[f"{_LABEL}{label}"] = count
    for tenth, count in statistics.confidence.items():
        counts[f"{_CONFIDENCE}{tenth}"] = count
    return {name: count for name, count in counts.items() if count}


def _statistics(content: dict[str, Any]) -> AnswerStatistics:
    labels: dict[str, int] = {}
    confidence: dict[str, int] = {}
    for name, count in content.items():
        if name.startswith(_LABEL):
            labels[name.removeprefix(_LABEL)] = count
        elif name.startswith(_CONFIDENCE):
            confidence[name.removeprefix(_CONFIDENCE)] = count
    plain = {name: content.get(name, 0) for name in _PLAIN}
    return AnswerStatistics(labels=labels, confidence=confidence, **plain)
