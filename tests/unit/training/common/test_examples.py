from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.common import examples as module
from training.common.examples import Examples, blocks
from training.common.types import Features, Rows


def token_row(tokens: Sequence[int], label: object) -> Features:
    return {"input_ids": np.array(tokens, dtype=np.int32), "labels": label}


@given(st.lists(st.lists(st.integers(0, 2**31 - 1)), max_size=25))
def test_examples_come_back_as_they_were(rows: list[list[int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_EXAMPLES", 7)
        examples = Examples(token_row(row, number) for number, row in enumerate(rows))
    assert [example["input_ids"].tolist() for example in examples] == rows
    assert [example["labels"] for example in examples] == [*range(len(rows))]
    assert examples.lengths.tolist() == [len(row) for row in rows]


def test_a_column_keeps_its_type() -> None:
    flags = np.array([1, 0], dtype=np.float32)
    (example,) = Examples(
        [{"input_ids": np.array([3], dtype=np.int32), "labels": flags, "score": 0.5}]
    )
    assert example["input_ids"].dtype == np.int32
    assert example["labels"].dtype == np.float32
    assert type(example["score"]) is float


def test_places_count_from_both_ends() -> None:
    examples = Examples([token_row([1], 0), token_row([2, 3], 1), token_row([4], 0)])
    assert examples[-1]["input_ids"].tolist() == [4]
    assert [example["labels"] for example in examples[1:]] == [1, 0]
    with pytest.raises(IndexError):
        examples[3]


def test_all_have_the_columns_of_the_first() -> None:
    other = {"input_ids": np.array([1], dtype=np.int32)}
    with pytest.raises(ValueError, match="expected the columns"):
        Examples([token_row([1], 0), other])


@pytest.mark.parametrize("size", [1, 2])
def test_a_number_of_another_kind_is_not_rounded(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK_EXAMPLES", size)
    with pytest.raises(ValueError, match="expected int64; found float64"):
        Examples([token_row([1], 0), token_row([1], 0.5)])


def test_rows_are_encoded_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_EXAMPLES", 2)
    rows = [{"text": "a"}, {"text": "b"}, {"text": "c"}]
    sizes: list[int] = []

    def encode(block: Rows) -> list[Features]:
        sizes.append(len(block))
        return [token_row([ord(row["text"])], 0) for row in block]

    examples = Examples.of_blocks(rows, encode)
    assert sizes == [len(block) for block in blocks(rows)] == [2, 1]
    assert examples.columns["input_ids"].values.tolist() == [97, 98, 99]
