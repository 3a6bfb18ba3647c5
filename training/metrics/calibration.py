"""Whether a classifier that says 90 % is right nine times in ten."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from training.metrics.bootstrap import Array

BINS = 10


def calibration(confidence: Array, right: Array, brier: float | None = None) -> dict[str, Any]:
    """`calibration` of `evaluation.json`, of answers with their confidence and whether they are right."""
    confidence, right = np.asarray(confidence, dtype=np.float64).ravel(), np.asarray(right, dtype=bool).ravel()
    edges = np.linspace(0, 1, BINS + 1)
    # The upper edge belongs to a bin: certainty to the last one.
    places = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    rows = np.bincount(places, minlength=BINS)
    said, true = (np.bincount(places, weights, BINS) for weights in (confidence, right.astype(np.float64)))
    error = float(np.abs(said - true).sum() / max(1, len(confidence)))
    bins = [
        {
            "low": round(float(low), 1),
            "high": round(float(high), 1),
            "confidence": float(said[place] / rows[place]) if rows[place] else None,
            "accuracy": float(true[place] / rows[place]) if rows[place] else None,
            "rows": int(rows[place]),
        }
        for place, (low, high) in enumerate(pairwise(edges))
    ]
    return {"ece": min(1.0, error), **({} if brier is None else {"brier": brier}), "bins": bins}
