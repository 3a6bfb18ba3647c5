from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.fine_tuning.batching import Encoded, LengthGrouped, Padding

TOKENIZER = SimpleNamespace(padding_side="right", pad_token_id=9, pad_token_type_id=0)


@given(st.lists(st.integers(1, 60), max_size=300), st.integers(1, 16), st.integers(0, 2**32 - 1), st.integers(0, 5))
def test_every_row_comes_once_an_epoch(lengths: list[int], batch: int, seed: int, epoch: int) -> None:
    sampler = LengthGrouped(lengths, batch, seed)
    sampler.set_epoch(epoch)
    assert sorted(sampler) == list(range(len(lengths)))


def test_hardly_anything_is_padding() -> None:
    lengths = np.random.default_rng(0).integers(3, 60, 3200)
    batches = np.array(list(LengthGrouped(lengths, 32, 1))).reshape(-1, 32)
    padded = sum(32 * lengths[batch].max() for batch in batches)
    assert padded < 1.02 * lengths.sum()


def test_the_longest_batch_comes_first() -> None:
    lengths = np.arange(1, 101)
    order = list(LengthGrouped(lengths, 10, 5))
    assert sorted(order[:10]) == list(range(90, 100))


def test_epochs_differ_and_a_seed_repeats_itself() -> None:
    def order(seed: int, epoch: int) -> list[int]:
        sampler = LengthGrouped(list(range(50)), 4, seed)
        sampler.set_epoch(epoch)
        return list(sampler)

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)


def test_evaluation_goes_from_long_to_short_and_finds_back() -> None:
    examples = [{"input_ids": [0] * length} for length in (2, 5, 3)]
    ordered, places = Encoded(examples).longest_first()
    assert ordered.lengths.tolist() == [5, 3, 2]
    assert [ordered.lengths[place] for place in np.argsort(places)] == [2, 5, 3]


def test_rows_are_padded_to_the_longest_of_the_batch() -> None:
    batch = Padding(TOKENIZER)([{"input_ids": [1, 2, 3], "labels": 0}, {"input_ids": [4], "labels": 1}])
    assert {name: tensor.tolist() for name, tensor in batch.items()} == {
        "input_ids": [[1, 2, 3], [4, 9, 9]],
        "attention_mask": [[1, 1, 1], [1, 0, 0]],
        "labels": [0, 1],
    }


def test_a_multiple_and_the_left_side_are_kept() -> None:
    left = SimpleNamespace(padding_side="left", pad_token_id=9, pad_token_type_id=0)
    batch = Padding(left, multiple=4)([{"input_ids": [1], "token_type_ids": [1], "labels": [5]}])
    assert {name: tensor.tolist() for name, tensor in batch.items()} == {
        "input_ids": [[9, 9, 9, 1]],
        "token_type_ids": [[0, 0, 0, 1]],
        "labels": [[-100, -100, -100, 5]],
        "attention_mask": [[0, 0, 0, 1]],
    }
