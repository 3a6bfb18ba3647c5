from __future__ import annotations

from types import SimpleNamespace

from training.recipes.padding import Padding

TOKENIZER = SimpleNamespace(padding_side="right", pad_token_id=9, pad_token_type_id=0)


def test_rows_are_padded_to_the_longest_of_the_batch() -> None:
    batch = Padding(TOKENIZER)(
        [{"input_ids": [1, 2, 3], "labels": 0}, {"input_ids": [4], "labels": 1}]
    )
    assert {name: tensor.tolist() for name, tensor in batch.items()} == {
        "input_ids": [[1, 2, 3], [4, 9, 9]],
        "attention_mask": [[1, 1, 1], [1, 0, 0]],
        "labels": [0, 1],
    }


def test_a_multiple_and_the_left_side_are_kept() -> None:
    left = SimpleNamespace(padding_side="left", pad_token_id=9, pad_token_type_id=0)
    batch = Padding(left, multiple=4)(
        [{"input_ids": [1], "token_type_ids": [1], "labels": [5]}]
    )
    assert {name: tensor.tolist() for name, tensor in batch.items()} == {
        "input_ids": [[9, 9, 9, 1]],
        "token_type_ids": [[0, 0, 0, 1]],
        "labels": [[-100, -100, -100, 5]],
        "attention_mask": [[0, 0, 0, 1]],
    }
