from __future__ import annotations

import pytest

from tests.unit.functions.inspect.formats.tables import BOTH, read, table, texts


def test_blank_rows_are_skipped_and_counted_as_a_spreadsheet_does() -> None:
    opened = table("\ntext,label\na,1\n\n,\nb,2\n\n\n")
    assert [number for number, _ in opened.rows(BOTH)] == [3, 6]
    assert opened.warnings() == ["skipped 1 row without any value."]


def test_empty_cells_after_the_last_column_do_not_matter() -> None:
    assert texts("text,label\na,1,,\n") == ["a"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_header_tells_the_delimiter(delimiter: str) -> None:
    opened = table(f"text{delimiter}label\na{delimiter}1\n")
    assert list(opened.rows(BOTH)) == [(2, {"text": "a", "label": "1"})]
    assert bool(opened.notes) == (delimiter != ",")


def test_a_spreadsheets_hint_at_the_delimiter_is_followed() -> None:
    assert read("sep=;\ntext;label\na,b;1\n") == [(3, {"text": "a,b", "label": "1"})]
