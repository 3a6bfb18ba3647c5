from __future__ import annotations

import pytest

from contracts.problems import Problem
from tests.unit.functions.inspect.formats.tables import read, table, texts


def test_a_csv_gives_rows_under_canonical_names() -> None:
    opened = table("id,review,sentiment\n1,fine,good\n2,dull,bad\n")
    assert opened.columns == ("id", "review", "sentiment")
    rows = list(opened.rows({"text": "review", "label": "sentiment"}))
    assert rows == [
        (2, {"text": "fine", "label": "good"}),
        (3, {"text": "dull", "label": "bad"}),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(end: str) -> None:
    assert texts(end.join(["text,label", "a,1", "b,2"]) + end) == ["a", "b"]
    assert texts(end.join(["text,label", "a,1", "b,2"])) == ["a", "b"]


def test_a_quoted_cell_keeps_line_breaks_commas_and_quotes() -> None:
    assert read('text,label\n"one\r\ntwo, ""three""",x\nb,y\n') == [
        (2, {"text": 'one\r\ntwo, "three"', "label": "x"}),
        (3, {"text": "b", "label": "y"}),
    ]


def test_spaces_around_names_and_before_quotes_do_not_matter() -> None:
    assert read(' text , label \n "a, b", x\n') == [(2, {"text": "a, b", "label": "x"})]


def test_a_column_without_a_name_is_no_column() -> None:
    opened = table(",text,label\n0,a,1\n")
    assert opened.columns == ("text", "label")
    assert opened.sample == [{"text": "a", "label": "1"}]


def test_reading_goes_on_after_a_broken_row() -> None:
    rows = read('text,label\n"a"b,1\nc,2\nd\ne,3\n')
    assert [number for number, row in rows if isinstance(row, Problem)] == [2, 4]
    assert [row["text"] for _, row in rows if isinstance(row, dict)] == ["c", "e"]
