"""Which examples go into one batch: those of a like length, so that little is computed on padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from torch.utils.data import Dataset, Sampler

from training.common.examples import Examples
from training.common.types import Array, Features, IntArray

WINDOW_BATCHES = 100
"""Batches that are sorted by length together; more would leave less to chance in large sets."""


class EncodedRows(Dataset[Features]):
    """Encoded examples with their lengths in tokens, in an order of their own."""

    def __init__(self, examples: Examples, order: IntArray | None = None) -> None:
        """`order` has the places of the examples, of shape (examples,); as they are where it is None."""
        self._examples = examples
        self._order = order
        self.lengths = examples.lengths if order is None else examples.lengths[order]

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> Features:
        place = index if self._order is None else int(self._order[index])
        return self._examples[place]

    @property
    def labels(self) -> Array:
        """Of each example, of shape (examples, ...); of tasks with one label, or vector of labels, a row."""
        labels = self._examples.columns["labels"].values
        return labels if self._order is None else labels[self._order]

    def longest_first(self) -> tuple[EncodedRows, IntArray]:
        """The same examples for evaluation, and the index of each of them in this set."""
        order = np.argsort(-self.lengths, kind="stable")
        return EncodedRows(self._examples, order), order


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
