from __future__ import annotations

from contracts.evaluation import LabelMetric
from training.metrics.label_scores import label_metric


def test_shares_of_counts() -> None:
    assert label_metric(correct=3, expected=4, answered=6) == LabelMetric(
        f1=0.6, rows=4, precision=0.5, recall=0.75
    )


def test_a_share_of_nothing_is_zero() -> None:
    assert label_metric(0, 0, 0) == LabelMetric(f1=0, rows=0, precision=0, recall=0)
