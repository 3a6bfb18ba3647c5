from __future__ import annotations

from typing import Any

import pytest

from functions.inspect.rows.split_rows import answer_of, are_copies
from tasks import find_task


@pytest.mark.parametrize(
    ("task", "row", "answer"),
    [
        ("text-classification", {"text": "a", "label": "b"}, "b"),
        ("text-classification", {"text": "a"}, None),
        ("summarization", {"document": "a", "summary": ""}, ""),
        ("token-classification", {"tokens": ["a"], "tags": ["O"]}, ["O"]),
        ("question-answering", {"answers": [{"text": "a", "start": 0}]}, None),
    ],
)
def test_an_answer_is_what_the_task_learns(
    task: str, row: dict[str, Any], answer: object
) -> None:
    assert answer_of(find_task(task), row) == answer


@pytest.mark.parametrize(
    ("row", "copies"),
    [
        ({"source": "a", "target": "a"}, True),
        ({"source": "a", "target": "b"}, False),
        ({"source": "a"}, False),
        ({"source": 1, "target": 1}, False),
        ({}, False),
    ],
)
def test_a_row_of_copies_has_several_columns_of_one_text(
    row: dict[str, Any], copies: bool
) -> None:
    assert are_copies(row) is copies
