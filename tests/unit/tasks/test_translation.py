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


def test_numbers_under_languages_are_no_translation() -> None:
    task = find_task("translation")
    assert task.fits([{"source": "1", "target": "0"}] * 3) is None
    assert (
        task.fits([{"source": "a page", "target": "7"}, {"source": "b", "target": "c"}])
        == ""
    )


def test_a_source_alone_lacks_its_target_unless_its_cells_hold_both() -> None:
    task = find_task("translation")
    assert task.lacks([{"source": "a page"}]) == ("target",)
    assert task.lacks([{"source": {"en": "a", "de": "b"}}]) == ()
    assert task.lacks([{"source": "a", "target": "b"}]) == ()
