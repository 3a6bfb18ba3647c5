"""Rows of texts that are compared, and what becomes of them."""

from __future__ import annotations

import pytest

from tasks import Row, find_task

ROWS: dict[str, tuple[str, Row, Row]] = {
    "a pair with a score": (
        "feature-extraction",
        {"text": "a", "text_pair": "b", "score": "4"},
        {"text": "a", "text_pair": "b", "score": 4.0},
    ),
}


@pytest.mark.parametrize(("task", "row", "canonical"), ROWS.values(), ids=ROWS)
def test_a_row_is_made_canonical(task: str, row: Row, canonical: Row) -> None:
    assert find_task(task).check_row(row) == canonical
