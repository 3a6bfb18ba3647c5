"""Where the new model and the live one differ on the same held-out rows: by label, and row by row.

Counts only: the interval of the gate's metric says whether the difference as a whole may be chance, and a single label
has too few rows for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from contracts.changes import (
    MAX_CHANGES,
    MAX_LABEL_CHANGES,
    ChangedAnswer,
    Changes,
    LabelChange,
)
from contracts.evaluation import LabelMetric
from training.common.types import Rows
from training.metrics.mistakes import shortened
from training.recipes.base import AnyScorer, JudgedRow

ROUNDING = 1e-9


def changes(
    scorer: AnyScorer, model: Sequence[Any], champion: Sequence[Any], rows: Rows
) -> Changes | None:
    """`model` and `champion` are their answers, one a row; None for a task whose answers are not right or wrong."""
    after, before = scorer.judged(model, rows), scorer.judged(champion, rows)
    if after is None or before is None:
        return None
    new, gone, both_wrong = [], [], 0
    for row, (was, now) in enumerate(zip(before, after, strict=True)):
        if was.is_right and not now.is_right:
            new.append(row)
        elif now.is_right and not was.is_right:
            gone.append(row)
        elif not now.is_right:
            both_wrong += 1
    labels = label_changes(
        scorer.label_metrics(champion, rows) or {},
        scorer.label_metrics(model, rows) or {},
    )
    return Changes(
        new_mistakes=len(new),
        gone_mistakes=len(gone),
        both_wrong=both_wrong,
        labels_worse=sum(_gain(label) < 0 for label in labels),
        labels_better=sum(_gain(label) > 0 for label in labels),
        labels=tuple(labels[:MAX_LABEL_CHANGES]),
        new=tuple(_changed(row, before, after) for row in new[:MAX_CHANGES]),
        gone=tuple(_changed(row, before, after) for row in gone[:MAX_CHANGES]),
    )


def label_changes(
    champion: Mapping[str, LabelMetric], model: Mapping[str, LabelMetric]
) -> list[LabelChange]:
    """The labels whose F1 is another, the largest difference first."""
    labels = []
    for name in sorted(champion.keys() & model.keys()):
        before, after = champion[name], model[name]
        if abs(after.f1 - before.f1) > ROUNDING:
            labels.append(
                LabelChange(
                    label=name,
                    rows=after.rows or 0,
                    champion_right=_right(before),
                    model_right=_right(after),
                    champion_f1=before.f1,
                    model_f1=after.f1,
                )
            )
    return sorted(labels, key=lambda label: -abs(_gain(label)))


def _gain(label: LabelChange) -> float:
    return label.model_f1 - label.champion_f1


def _right(metric: LabelMetric) -> int:
    return round((metric.recall or 0.0) * (metric.rows or 0))


def _changed(
    row: int, before: Sequence[JudgedRow], after: Sequence[JudgedRow]
) -> ChangedAnswer:
    text = after[row].text
    return ChangedAnswer(
        row=row,
        input=shortened(text.input),
        expected=shortened(text.expected),
        champion=shortened(before[row].text.answer),
        model=shortened(text.answer),
    )
