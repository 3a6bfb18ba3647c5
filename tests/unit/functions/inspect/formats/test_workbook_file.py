from __future__ import annotations

from pathlib import Path

import pytest

from contracts.problems import Problem
from functions.inspect.formats import UnreadableError, workbook_file
from tests.unit.functions.inspect.formats.tables import table
from tests.unit.functions.workbooks import Cell, workbook

HEADER: list[Cell] = ["text", "label"]
FINE: list[Cell] = ["so fine", 1]
ROWS: list[list[Cell]] = [HEADER, ["so fine", 1], ["so bad", 0.5], ["=a formula", True]]


def read(content: bytes, extension: str = "xlsx") -> list[tuple[int, object]]:
    opened = table(content, extension)
    return list(opened.rows({name: name for name in opened.columns}))


def problem_of(content: bytes, extension: str = "xlsx") -> Problem:
    with pytest.raises(UnreadableError) as raised:
        read(content, extension)
    return raised.value.problem


def test_cells_are_read_as_a_csv_export_writes_them() -> None:
    assert read(workbook({"Data": ROWS})) == [
        (2, {"text": "so fine", "label": "1"}),
        (3, {"text": "so bad", "label": "0.5"}),
        (4, {"text": "a formula", "label": "TRUE"}),
    ]


def test_dates_are_iso_8601() -> None:
    rows: list[list[Cell]] = [
        ["text", "day"],
        ["so fine", "date:45292"],
        ["so bad", "date:45292.5"],
    ]
    assert [row for _, row in read(workbook({"Data": rows}))] == [
        {"text": "so fine", "day": "2024-01-01"},
        {"text": "so bad", "day": "2024-01-01T12:00:00"},
    ]


@pytest.mark.parametrize("extension", ["csv", "txt", "jsonl", "parquet", "xls"])
def test_a_workbook_is_read_whatever_it_is_called(extension: str) -> None:
    assert len(read(workbook({"Data": ROWS}), extension)) == 3


def test_rows_have_the_numbers_that_the_spreadsheet_shows() -> None:
    rows: list[list[Cell]] = [
        ["Reviews of 2024"],
        [None],
        HEADER,
        ["so fine", 1],
        [None],
        ["so bad", 0],
    ]
    opened = table(workbook({"Data": rows}, first_row=3), "xlsx")
    assert [number for number, _ in opened.rows({"text": "text"})] == [6, 8]
    assert opened.warnings() == ["skipped 1 row without any value."]


def test_the_only_sheet_with_a_table_is_read_and_named() -> None:
    sheets: dict[str, list[list[Cell]]] = {
        "Read me": [["How this was made"], ["By hand"]],
        "Answers": [HEADER, *([FINE] * 50)],
        "Totals": [["label", "rows"], ["1", 50]],
        "Empty": [],
    }
    opened = table(workbook(sheets), "xlsx")
    assert (opened.columns, len(opened.sample)) == (("text", "label"), 50)
    assert opened.notes == ["read the sheet 'Answers', not 'Read me', 'Totals'"]


def test_a_hidden_sheet_is_not_read() -> None:
    hidden: list[list[Cell]] = [HEADER, *([FINE] * 9)]
    content = workbook({"Old": hidden, "Data": ROWS}, hidden=["Old"])
    assert len(read(content)) == 3


def test_several_sheets_with_tables_are_refused() -> None:
    problem = problem_of(workbook({"train": ROWS, "test": ROWS}))
    assert (problem.expected, problem.found) == (
        "one sheet with a table",
        "tables in 'train', 'test'",
    )
    assert "train.csv, validation.csv and test.csv" in problem.remedy


def test_an_empty_workbook_is_refused() -> None:
    assert problem_of(workbook({"Data": []})).found == "none among 'Data'"


def test_two_columns_of_one_name_are_refused() -> None:
    rows: list[list[Cell]] = [["text", "text"], ["so fine", "so bad"]]
    assert problem_of(workbook({"Data": rows})).expected == "column names that differ"


def test_a_column_without_a_name_is_left_out() -> None:
    rows: list[list[Cell]] = [[None, *HEADER], [0, "so fine", 1]]
    assert read(workbook({"Data": rows})) == [(2, {"text": "so fine", "label": "1"})]


def test_a_damaged_workbook_is_refused() -> None:
    content = workbook({"Data": ROWS})
    assert "cannot be read" in problem_of(content[: len(content) // 2]).found


@pytest.mark.parametrize(
    "content", [b"\xd0\xcf\x11\xe0" + bytes(600), b"\xd0\xcf\x11\xe0"]
)
def test_an_old_document_that_is_no_workbook_is_refused(content: bytes) -> None:
    assert "cannot be read" in problem_of(content, "xls").found


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook_file, "MAX_UNPACKED_BYTES", 1000)
    assert problem_of(workbook({"Data": ROWS})).found == "a larger one"


def test_a_csv_table_called_a_workbook_is_refused(tmp_path: Path) -> None:
    problem = problem_of(b"text,label\nso fine,1\n")
    assert problem.expected == "a spreadsheet file"
    assert "ending that fits" in problem.remedy
