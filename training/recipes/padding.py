"""From examples to a batch: token numbers padded to the longest example of the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from training.common.types import IGNORED_LABEL, Batch, Features

if TYPE_CHECKING:
    from training.common.types import Tensor, Tokenizer


class Padding:
    """Pads columns of whole numbers of shape (tokens,); numbers and vectors of floats stay as they are."""

    def __init__(
        self, tokenizer: Tokenizer, multiple: int | None = None, side: str | None = None
    ) -> None:
        """Widths are rounded up to `multiple`; `side`, `left` or `right`, is the tokenizer's own where it is None."""
        self._left = (side or tokenizer.padding_side) == "left"
        self._fillers = {
            "input_ids": tokenizer.pad_token_id or 0,
            "token_type_ids": getattr(tokenizer, "pad_token_type_id", 0),
            "labels": IGNORED_LABEL,
        }
        self._multiple = multiple or 1

    def __call__(self, examples: Sequence[Features]) -> Batch:
        """Each column of shape (examples, ...), and `attention_mask` of shape (examples, width)."""
        ones = [
            np.ones(len(example["input_ids"]), dtype=np.int64) for example in examples
        ]
        batch = {"attention_mask": self._padded(ones, 0)}
        for name in examples[0]:
            batch[name] = self._column([example[name] for example in examples], name)
        return batch

    def _column(self, values: Sequence[Any], name: str) -> Tensor:
        if np.ndim(values[0]) == 0:
            return torch.tensor(values)
        if np.asarray(values[0]).dtype.kind == "f":
            return torch.tensor(np.stack(values))
        return self._padded(values, self._fillers.get(name, 0))

    def _padded(self, rows: Sequence[Any], filler: int) -> Tensor:
        """Of shape (rows, width); the width is the longest row's, rounded up."""
        longest = max(map(len, rows))
        width = -(-longest // self._multiple) * self._multiple
        padded = np.full((len(rows), width), filler, dtype=np.int64)
        for line, row in zip(padded, rows, strict=True):
            if self._left:
                line[width - len(row) :] = row
            else:
                line[: len(row)] = row
        return torch.from_numpy(padded)
