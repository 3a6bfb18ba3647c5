"""How well single labels are answered, from counts."""

from __future__ import annotations

from contracts.evaluation import LabelMetric


def label_metric(correct: int, expected: int, answered: int) -> LabelMetric:
    """`expected` counts where the label is right, `answered` where it is named, `correct` where both.

    A share of nothing is 0.
    """
    return LabelMetric(
        f1=2 * correct / max(1, expected + answered),
        rows=expected,
        precision=correct / max(1, answered),
        recall=correct / max(1, expected),
    )
