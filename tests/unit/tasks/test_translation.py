"""Rows of texts in two languages, and what becomes of them."""

from __future__ import annotations

import pytest

from tasks import Row, find_task

ROWS: dict[str, tuple[str, Row, Row]] = {
    "two languages in a cell": (
        "translation",
        {"source": "{'en': 'a', 'de': 'b'}"},
        {"source": "a", "target": "b"},
    ),
    "JSON to be translated": (
        "translation",
        {"source": '{"a": 1}', "target": '{"b": 1}'},
        {"source": '{"a": 1}', "target": '{"b": 1}'},
    ),
}


@pytest.mark.parametrize(("task", "row", "canonical"), ROWS.values(), ids=ROWS)
def test_a_row_is_made_canonical(task: str, row: Row, canonical: Row) -> None:
    assert find_task(task).check_row(row) == canonical
