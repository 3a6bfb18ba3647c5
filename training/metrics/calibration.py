"""Whether a classifier that is 90 % confident is right nine times in ten."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from contracts.evaluation import CALIBRATION_BINS, Calibration, CalibrationBin


def calibration(
    confidence: ArrayLike, correct: ArrayLike, brier: float | None = None
) -> Calibration:
    """The expected calibration error over bins of equal width, from each answer's confidence and whether it is right.

    Both are of any one shape. ECE = sum over the bins of |sum of confidence - number correct| / answers, as in Guo et
    al., On Calibration of Modern Neural Networks (2017). `brier` is the Brier score, where there is one.
    """
    confidence = np.asarray(confidence, dtype=np.float64).ravel()
    correct = np.asarray(correct, dtype=bool).ravel()
    # The upper edge belongs to a bin, so that certainty belongs to the last one.
    bin_numbers = np.ceil(confidence * CALIBRATION_BINS).astype(np.int64) - 1
    bin_numbers = np.clip(bin_numbers, 0, CALIBRATION_BINS - 1)
    answers = np.bincount(bin_numbers, minlength=CALIBRATION_BINS)
    confidence_sums = np.bincount(bin_numbers, confidence, CALIBRATION_BINS)
    correct_sums = np.bincount(
        bin_numbers, correct.astype(np.float64), CALIBRATION_BINS
    )
    distance = np.abs(confidence_sums - correct_sums).sum()
    error = float(distance / max(1, len(confidence)))
    edges = np.linspace(0, 1, CALIBRATION_BINS + 1)
    bins = []
    for number, (low, high) in enumerate(pairwise(edges)):
        count = int(answers[number])
        bins.append(
            CalibrationBin(
                low=round(float(low), 1),
                high=round(float(high), 1),
                confidence=float(confidence_sums[number] / count) if count else None,
                accuracy=float(correct_sums[number] / count) if count else None,
                rows=count,
            )
        )
    return Calibration(ece=min(1.0, error), bins=tuple(bins), brier=brier)
