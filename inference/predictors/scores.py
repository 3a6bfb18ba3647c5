"""From a model's numbers to scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..protocols.errors import ModelError

if TYPE_CHECKING:
    from .interfaces import FloatArray


def require_finite(values: FloatArray) -> FloatArray:
    """The values themselves. Raises `ModelError` where one of them is NaN or infinite."""
    import numpy as np  # noqa: PLC0415

    if not np.isfinite(values).all():
        raise ModelError(
            "the model answered with NaN or infinity: its weights are damaged. Train it again."
        )
    return values


def softmax(logits: FloatArray) -> FloatArray:
    """Over the last axis; the same shape."""
    import numpy as np  # noqa: PLC0415

    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores: FloatArray = shifted / shifted.sum(axis=-1, keepdims=True)
    return scores


def sigmoid(logits: FloatArray) -> FloatArray:
    """Of each number; the same shape."""
    import numpy as np  # noqa: PLC0415

    # Both branches of the stable form: exp never sees a large positive number.
    small = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1 / (1 + small), small / (1 + small))
