"""What a live model is asked and answers, counted; and how that differs from what its release was judged by.

Times are ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from contracts.documents import ALWAYS, Record

CONFIDENCE_BINS = 10


@dataclass(frozen=True)
class AnswerStatistics(Record):
    """Counts over answers: of the held-out rows of a release, or of predictions. They hold no text."""

    answers: Annotated[int, ALWAYS] = 0
    """Answers that name a label with a score."""
    labels: Mapping[str, int] = field(default_factory=dict)
    """Label -> answers that name it first."""
    confidence: Mapping[str, int] = field(default_factory=dict)
    """Tenth of the score, `0` to `9` -> answers."""
    texts: int = 0
    long_texts: int = 0
    """Texts with more characters than 95 % of those that the release learnt from."""


def total(statistics: Iterable[AnswerStatistics]) -> AnswerStatistics:
    """All of them together."""
    answers = texts = long_texts = 0
    labels: dict[str, int] = {}
    confidence: dict[str, int] = {}
    for item in statistics:
        answers += item.answers
        texts += item.texts
        long_texts += item.long_texts
        _add(labels, item.labels)
        _add(confidence, item.confidence)
    return AnswerStatistics(answers, labels, confidence, texts, long_texts)


def _add(counts: dict[str, int], more: Mapping[str, int]) -> None:
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count


@dataclass(frozen=True)
class Drift(Record):
    """How the predictions of some days differ from the held-out rows of the release that gave them."""

    run: str
    at: str
    """When it was looked at."""
    since: str
    """The first day that was counted, `2026-11-30`."""
    answers: Annotated[int, ALWAYS] = 0
    texts: Annotated[int, ALWAYS] = 0
    label_psi: float | None = None
    """Population stability index of the labels; None where too few answers were counted, or nothing to compare."""
    confidence_psi: float | None = None
    """The same of the scores, in tenths."""
    long_share: float | None = None
    """The share of texts that are longer than 95 % of the training texts."""
    changes: tuple[str, ...] = ()
    """A sentence for everything that differs by more than chance and enough to matter."""
    notified_at: str | None = None
    """When subscribers were last notified of changes in this release's predictions."""
