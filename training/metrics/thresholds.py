"""How many answers are right where only confident ones are taken."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from contracts.evaluation import Threshold

SCORES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def thresholds(confidence: ArrayLike, correct: ArrayLike) -> tuple[Threshold, ...]:
    """For each of `SCORES`; both arrays are of shape (rows,), which is not empty."""
    confidence = np.asarray(confidence, dtype=np.float64)
    correct = np.asarray(correct, dtype=bool)
    table = []
    for score in SCORES:
        taken = confidence >= score
        right = float(correct[taken].mean()) if taken.any() else None
        table.append(Threshold(score=score, answered=float(taken.mean()), right=right))
    return tuple(table)
