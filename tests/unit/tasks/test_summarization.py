from __future__ import annotations

import pytest

from contracts.problems import Problem
from tasks import get_task

TASK = get_task("summarization")


def test_both_texts_are_cleaned_and_nothing_else_is_kept() -> None:
    row = {"document": " a long text ", "summary": "short\n", "id": 7}
    assert TASK.check_row(row) == {"document": "a long text", "summary": "short"}


@pytest.mark.parametrize("missing", ["document", "summary"])
def test_a_row_without_one_of_its_texts_is_refused_with_the_column(
    missing: str,
) -> None:
    refused = TASK.check_row({"document": "a", "summary": "b", missing: "  "})
    assert isinstance(refused, Problem)
    assert refused.column == missing


def test_lists_in_place_of_texts_are_of_another_task() -> None:
    assert TASK.fits([{"document": "a", "summary": "b"}]) == ""
    assert TASK.fits([{"document": ["a"], "summary": "b"}]) is None
