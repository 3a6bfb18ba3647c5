"""Rows through a stand-in for a graph, which answers each token with its number."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from inference.predictors.batches import per_text, per_token, task_settings, tensors
from inference.predictors.tokens import TokenRow


class Graph:
    device = None
    config = SimpleNamespace(
        pad_token_id=0, task_specific_params={"fill-mask": {"a": 1}}
    )

    def __call__(self, **columns: Any) -> SimpleNamespace:
        ids = columns["input_ids"].astype(np.float32)
        return SimpleNamespace(
            tokens=ids[..., None], total=ids.sum(axis=1, keepdims=True)
        )


def tokenizer(side: str) -> Any:
    return SimpleNamespace(padding_side=side, pad_token_id=0, pad_token_type_id=0)


GRAPH: Any = Graph()
ROWS = [TokenRow({"input_ids": ids}, False) for ids in ([1, 2, 3], [4], [5, 6])]


def test_rows_are_padded_and_masked_on_the_tokenizers_side() -> None:
    columns = tensors(ROWS[:2], tokenizer("left"), None)
    assert columns["input_ids"].tolist() == [[1, 2, 3], [0, 0, 4]]
    assert columns["attention_mask"].tolist() == [[1, 1, 1], [0, 0, 1]]


@pytest.mark.parametrize("side", ["left", "right"])
def test_each_row_gets_the_outputs_of_its_own_tokens(side: str) -> None:
    result = dict(per_token(GRAPH, tokenizer(side), ROWS, ["tokens"]))
    assert [result[index][0].ravel().tolist() for index in range(3)] == [
        [1, 2, 3],
        [4],
        [5, 6],
    ]


@pytest.mark.parametrize("side", ["left", "right"])
def test_only_the_tokens_that_are_asked_for_are_taken(side: str) -> None:
    result = dict(
        per_token(GRAPH, tokenizer(side), ROWS, ["tokens"], [[0, 2], [], [1]])
    )
    assert [result[index][0].ravel().tolist() for index in range(3)] == [
        [1, 3],
        [],
        [6],
    ]


def test_each_text_gets_its_own_output() -> None:
    result = dict(per_text(GRAPH, tokenizer("right"), ROWS, "total"))
    assert [float(result[index][0]) for index in range(3)] == [6, 4, 11]


def test_settings_are_those_of_the_task() -> None:
    assert task_settings(GRAPH, "fill-mask") == {"a": 1}
    assert task_settings(GRAPH, "translation") == {}
