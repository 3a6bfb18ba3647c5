"""What a model's numbers become before they are an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ModelError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[np.float32]]


def sound(values: Array) -> Array:
    """The values themselves. Raises `ModelError` where one of them is no finite number."""
    import numpy as np  # noqa: PLC0415

    if not np.isfinite(values).all():
        raise ModelError("the model answered with NaN or infinity: its weights are damaged. Train it again.")
    return values


def softmax(logits: Array) -> Array:
    """Over the last axis."""
    import numpy as np  # noqa: PLC0415

    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    found: Array = shifted / shifted.sum(axis=-1, keepdims=True)
    return found
