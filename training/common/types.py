"""Types that the job's packages share: JSON values, arrays, and what they use of torch and transformers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tasks import Row

if TYPE_CHECKING:
    import torch
    from scipy.sparse import csr_array
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    Model: TypeAlias = PreTrainedModel
    Tokenizer: TypeAlias = PreTrainedTokenizerBase
    Tensor: TypeAlias = torch.Tensor
    SparseArray: TypeAlias = csr_array

Json: TypeAlias = (
    "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
)
JsonObject: TypeAlias = Mapping[str, Json]

Array: TypeAlias = NDArray[Any]
FloatArray: TypeAlias = NDArray[np.floating[Any]]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

Rows: TypeAlias = Sequence[Row]
"""Canonical rows, in their order."""
Metrics: TypeAlias = Mapping[str, float]
Features: TypeAlias = Mapping[str, Any]
"""One encoded example: unpadded token numbers of shape (tokens,) by the model's argument names, and `labels`."""
Batch: TypeAlias = "dict[str, Tensor]"
"""The columns of a batch, each of shape (rows, ...)."""
Collator: TypeAlias = Callable[[Sequence[Features]], "Batch"]

IGNORED_LABEL = -100
"""The label of a token that no loss is computed for, as torch and transformers have it."""
