"""Which rows go together: batches of one length, so that little is computed on padding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

Features = Mapping[str, Any]
"""One encoded example: lists of token numbers under a model's argument names, and `labels`."""

WINDOW = 100
"""Batches that are sorted by length together; more would leave less to chance in large sets."""


class Encoded(Dataset[Features]):
    """Encoded examples with their lengths."""

    def __init__(self, examples: Sequence[Features]) -> None:
        self._examples = examples
        self.lengths = np.array([len(example["input_ids"]) for example in examples], dtype=np.int64)

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> Features:
        return self._examples[index]

    def longest_first(self) -> tuple[Encoded, np.ndarray[Any, np.dtype[np.int64]]]:
        """The same examples for evaluation, and for each of them its place in this set."""
        order = np.argsort(-self.lengths, kind="stable")
        return Encoded([self._examples[index] for index in order]), order


class LengthGrouped(Sampler[int]):
    """An order of the rows, new in every epoch, in which each `batch` rows that follow one another are of like length.

    The longest come first: if memory does not suffice, the first step tells.
    """

    def __init__(self, lengths: Sequence[int] | np.ndarray[Any, np.dtype[np.int64]], batch: int, seed: int) -> None:
        self._lengths = np.asarray(lengths)
        self._batch = batch
        self._seed = seed
        self._epoch = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        source = np.random.default_rng((self._seed, self._epoch))
        order = source.permutation(len(self._lengths))
        size = self._batch * WINDOW
        windows = [self._by_length(order[start : start + size]) for start in range(0, len(order), size)]
        ordered = np.concatenate(windows) if windows else order
        whole = len(ordered) // self._batch * self._batch
        batches = ordered[:whole].reshape(-1, self._batch)
        shuffled = batches[source.permutation(len(batches))]
        if len(shuffled):
            longest = int(self._lengths[shuffled].sum(axis=1).argmax())
            shuffled[[0, longest]] = shuffled[[longest, 0]]
        return iter([*shuffled.ravel().tolist(), *ordered[whole:].tolist()])

    def _by_length(self, rows: np.ndarray[Any, np.dtype[np.int64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
        return rows[np.argsort(self._lengths[rows], kind="stable")]


class Padding:
    """Collates examples: token lists padded to the longest of the batch, numbers and vectors of floats as they are."""

    def __init__(self, tokenizer: Any, multiple: int | None = None, side: str | None = None) -> None:
        """`side` is the tokenizer's own where it is None."""
        self._left = (side or tokenizer.padding_side) == "left"
        self._fillers = {
            "input_ids": tokenizer.pad_token_id or 0,
            "token_type_ids": getattr(tokenizer, "pad_token_type_id", 0),
            "labels": -100,
        }
        self._multiple = multiple or 1

    def __call__(self, examples: Sequence[Features]) -> dict[str, torch.Tensor]:
        batch = {name: self._column([example[name] for example in examples], name) for name in examples[0]}
        ones = [np.ones(len(example["input_ids"]), dtype=np.int64) for example in examples]
        return {"attention_mask": self._padded(ones, 0), **batch}

    def _column(self, values: Sequence[Any], name: str) -> torch.Tensor:
        if np.ndim(values[0]) == 0:
            return torch.tensor(values)
        if np.asarray(values[0]).dtype.kind == "f":
            return torch.tensor(np.stack(values))
        return self._padded(values, self._fillers.get(name, 0))

    def _padded(self, values: Sequence[Any], filler: int) -> torch.Tensor:
        width = -(-max(map(len, values)) // self._multiple) * self._multiple
        table = np.full((len(values), width), filler, dtype=np.int64)
        for row, value in zip(table, values, strict=True):
            row[slice(-len(value), None) if self._left else slice(len(value))] = value
        return torch.from_numpy(table)
