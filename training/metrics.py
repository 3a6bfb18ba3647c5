"""Metrics of classes, on arrays of class numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

Classes = np.ndarray[Any, np.dtype[np.int64]]


def confusion_matrix(references: Classes, predictions: Classes, count: int) -> Classes:
    """Rows: the true class; columns: the predicted one."""
    flat = np.bincount(references * count + predictions, minlength=count * count)
    return flat.reshape(count, count)


def classification_metrics(references: Classes, predictions: Classes) -> dict[str, float]:
    """Accuracy, and macro F1 over the classes that occur among references or predictions."""
    count = int(max(references.max(), predictions.max())) + 1
    matrix = confusion_matrix(references, predictions, count)
    right, occurrences = np.diag(matrix), matrix.sum(axis=0) + matrix.sum(axis=1)
    seen = occurrences > 0
    f1 = 2 * right[seen] / occurrences[seen]
    return {"accuracy": float(right.sum() / matrix.sum()), "macro_f1": float(f1.mean())}


def softmax(logits: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores: np.ndarray[Any, Any] = shifted / shifted.sum(axis=-1, keepdims=True)
    return scores
