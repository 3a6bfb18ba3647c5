from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.common import examples as module
from training.common.examples import Examples
from training.common.types import Features, Rows

TOKENS = st.integers(0, 2**31 - 1)
ROWS = st.lists(st.lists(TOKENS), max_size=25)


def token_row(tokens: Sequence[int], label: object) -> Features:
    ids = np.array(tokens, dtype=np.int32)
    return {"input_ids": ids, "labels": label}


def tokens_of(examples: Examples) -> list[list[int]]:
    return [example["input_ids"].tolist() for example in examples]


@given(ROWS)
def test_examples_come_back_as_they_were(rows: list[list[int]]) -> None:
    numbers = list(range(len(rows)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_EXAMPLES", 7)
        examples = Examples(map(token_row, rows, numbers))
    labels = [example["labels"] for example in examples]
    lengths = [len(row) for row in rows]
    assert tokens_of(examples) == rows
    assert labels == numbers
    assert examples.lengths.tolist() == lengths


def test_a_column_keeps_its_type() -> None:
    flags = np.array([1, 0], dtype=np.float32)
    row = {**token_row([3], flags), "score": 0.5}
    (example,) = Examples([row])
    assert example["input_ids"].dtype == np.int32
    assert example["labels"].dtype == np.float32
    assert type(example["score"]) is float


def test_places_count_from_both_ends() -> None:
    first, second, third = token_row([1], 0), token_row([2, 3], 1), token_row([4], 2)
    examples = Examples([first, second, third])
    assert examples[-1]["labels"] == 2
    labels = [example["labels"] for example in examples[1:]]
    assert labels == [1, 2]
    with pytest.raises(IndexError):
        examples[3]


def test_all_have_the_columns_of_the_first() -> None:
    whole = token_row([1], 0)
    incomplete = {"input_ids": whole["input_ids"]}
    with pytest.raises(ValueError, match="expected the columns"):
        Examples([whole, incomplete])


@pytest.mark.parametrize("size", [1, 2])
def test_a_number_of_another_kind_is_not_rounded(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK_EXAMPLES", size)
    rows = [token_row([1], 0), token_row([1], 0.5)]
    with pytest.raises(ValueError, match="expected int64; found float64"):
        Examples(rows)


def test_rows_are_encoded_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_EXAMPLES", 2)
    rows: Rows = [{"number": 1}, {"number": 2}, {"number": 3}]
    sizes: list[int] = []

    def encode(block: Rows) -> Iterator[Features]:
        sizes.append(len(block))
        for row in block:
            yield token_row([row["number"]], 0)

    examples = Examples.of_blocks(rows, encode)
    assert sizes == [2, 1]
    assert tokens_of(examples) == [[1], [2], [3]]
