"""A cross entropy in which the rows of rare classes weigh more, so that they are answered at all.

A class of n of N rows among K classes weighs (N / (K n)) ** power: 1/2 for `root`, 1 for `balanced`. The weights are
scaled to a mean of 1 over the rows, so that the learning rate means what it meant. Classes of like size weigh alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from training.common.types import FloatArray, IntArray, Tensor

POWERS = {"none": 0.0, "root": 0.5, "balanced": 1.0}
"""Values of the hyperparameter `class_weights`."""


def class_weights(
    labels: Sequence[int] | IntArray, classes: int, power: float
) -> FloatArray:
    """Of shape (classes,); `labels` are the class numbers of the training rows, of shape (rows,)."""
    counts = np.bincount(labels, minlength=classes).clip(1)
    weights = (len(labels) / (classes * counts)) ** power
    weights /= weights[np.asarray(labels)].mean()
    return np.asarray(weights)


class WeightedLoss:
    """The loss of a batch, as `Trainer` takes it for `compute_loss_func`."""

    def __init__(self, weights: FloatArray) -> None:
        """`weights` are of shape (classes,)."""
        self._weights = torch.tensor(weights, dtype=torch.float32)

    def __call__(
        self,
        outputs: Mapping[str, Any],
        labels: Tensor,
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        """`num_items_in_batch` are the rows of all batches of a step, by which the sum is divided."""
        logits = outputs["logits"].float()
        self._weights = self._weights.to(logits.device)
        losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
        total = (losses * self._weights[np.asarray(labels)]).sum()
        rows = len(labels) if num_items_in_batch is None else num_items_in_batch
        return total / rows
