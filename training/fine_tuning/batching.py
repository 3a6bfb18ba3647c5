"""Which examples go into one batch: those of a like length, so that little is computed on padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from torch.utils.data import Dataset, Sampler

from training.common.types import Features, IntArray

WINDOW_BATCHES = 100
"""Batches that are sorted by length together; more would leave less to chance in large sets."""


class EncodedRows(Dataset[Features]):
    """Encoded examples with their lengths in tokens."""

    def __init__(self, examples: Sequence[Features]) -> None:
        self._examples = examples
        self.lengths = np.array(
            [len(example["input_ids"]) for example in examples], dtype=np.int64
        )

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> Features:
        return self._examples[index]

    @property
    def labels(self) -> list[object]:
        """Of each example."""
        return [example["labels"] for example in self._examples]

    @property
    def classes(self) -> list[int]:
        """The class number of each example, of tasks with one class a row."""
        return [int(example["labels"]) for example in self._examples]

    def longest_first(self) -> tuple[EncodedRows, IntArray]:
        """The same examples for evaluation, and the index of each of them in this set."""
        order = np.argsort(-self.lengths, kind="stable")
        return EncodedRows([self._examples[index] for index in order]), order


class LengthGroupedSampler(Sampler[int]):
    """An order of the rows, new in every epoch, in which each `batch` rows in a row have a like length.

    The longest batch is the first, so that a lack of memory shows in the first step. Unlike in the sampler of
    transformers, the batches are shuffled, and seed and epoch alone decide the order, also in a job that resumes.
    """

    def __init__(
        self, lengths: Sequence[int] | IntArray, batch: int, seed: int
    ) -> None:
        self._lengths = np.asarray(lengths)
        self._batch = batch
        self._seed = seed
        self._epoch = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def set_epoch(self, epoch: int) -> None:
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng((self._seed, self._epoch))
        drawn = rng.permutation(len(self._lengths))
        order = self._sorted_in_windows(drawn)
        in_batches = len(order) // self._batch * self._batch
        batches = order[:in_batches].reshape(-1, self._batch)
        shuffled = batches[rng.permutation(len(batches))]
        if len(shuffled):
            tokens = self._lengths[shuffled].sum(axis=1)
            longest = int(tokens.argmax())
            shuffled[[0, longest]] = shuffled[[longest, 0]]
        rest = order[in_batches:]
        return iter([*shuffled.ravel().tolist(), *rest.tolist()])

    def _sorted_in_windows(self, order: IntArray) -> IntArray:
        """The same rows; each `WINDOW_BATCHES` batches in a row are sorted by length."""
        rows = self._batch * WINDOW_BATCHES
        windows = []
        for start in range(0, len(order), rows):
            window = order[start : start + rows]
            windows.append(self._by_length(window))
        return np.concatenate(windows) if windows else order

    def _by_length(self, rows: IntArray) -> IntArray:
        return rows[np.argsort(self._lengths[rows], kind="stable")]
