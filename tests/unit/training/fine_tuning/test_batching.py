from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.common.examples import Examples
from training.fine_tuning.batching import EncodedRows, LengthGroupedSampler


@given(
    st.lists(st.integers(1, 60), max_size=300),
    st.integers(1, 16),
    st.integers(0, 2**32 - 1),
    st.integers(0, 5),
)
def test_every_row_comes_once_an_epoch(
    lengths: list[int], batch: int, seed: int, epoch: int
) -> None:
    sampler = LengthGroupedSampler(lengths, batch, seed)
    sampler.set_epoch(epoch)
    assert sorted(sampler) == list(range(len(lengths)))


def test_hardly_anything_is_padding() -> None:
    lengths = np.random.default_rng(0).integers(3, 60, 3200)
    batches = np.array(list(LengthGroupedSampler(lengths, 32, 1))).reshape(-1, 32)
    padded = sum(32 * lengths[batch].max() for batch in batches)
    assert padded < 1.02 * lengths.sum()


def test_the_longest_batch_comes_first() -> None:
    lengths = np.arange(1, 101)
    order = list(LengthGroupedSampler(lengths, 10, 5))
    assert sorted(order[:10]) == list(range(90, 100))


def test_epochs_differ_and_a_seed_repeats_itself() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        sampler = LengthGroupedSampler(list(range(50)), 4, seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)


def test_evaluation_goes_from_long_to_short_and_finds_back() -> None:
    examples = [{"input_ids": [0] * length} for length in (2, 5, 3)]
    ordered, places = EncodedRows(Examples(examples)).longest_first()
    assert ordered.lengths.tolist() == [5, 3, 2]
    assert [ordered.lengths[place] for place in np.argsort(places)] == [2, 5, 3]
