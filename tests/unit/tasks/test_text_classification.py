"""Rows of texts with one label, several, or a number, and what becomes of them."""

from __future__ import annotations

import pytest

from contracts.problems import Problem
from tasks import Row, find_task, get_task

ROWS: dict[str, tuple[str, Row, Row]] = {
    "a number as label": (
        "text-classification",
        {"text": "a", "label": 0},
        {"text": "a", "label": "0"},
    ),
    "a fraction that is whole": (
        "text-classification",
        {"text": "a", "label": 1.0},
        {"text": "a", "label": "1"},
    ),
    "true as label": (
        "text-classification",
        {"text": "a", "label": True},
        {"text": "a", "label": "True"},
    ),
    "a number as text": (
        "text-classification",
        {"text": 7, "label": "x"},
        {"text": "7", "label": "x"},
    ),
    "no second text": (
        "text-classification",
        {"text": "a", "label": "x", "text_pair": float("nan")},
        {"text": "a", "label": "x"},
    ),
    "labels as Python prints them": (
        "text-classification/multi-label",
        {"text": "a", "labels": "['y', 'x', 'y']"},
        {"text": "a", "labels": ["x", "y"]},
    ),
    "labels between bars": (
        "text-classification/multi-label",
        {"text": "a", "labels": " y | x;"},
        {"text": "a", "labels": ["x", "y"]},
    ),
    "labels that are numbers": (
        "text-classification/multi-label",
        {"text": "a", "labels": [2, 1.0, None]},
        {"text": "a", "labels": ["1", "2"]},
    ),
    "no labels": (
        "text-classification/multi-label",
        {"text": "a", "labels": None},
        {"text": "a", "labels": []},
    ),
    "a number as text in a cell": (
        "text-classification/regression",
        {"text": "a", "score": " 2.5 "},
        {"text": "a", "score": 2.5},
    ),
}


@pytest.mark.parametrize(("task", "row", "canonical"), ROWS.values(), ids=ROWS)
def test_a_row_is_made_canonical(task: str, row: Row, canonical: Row) -> None:
    assert find_task(task).check_row(row) == canonical


def test_a_label_that_is_a_list_is_refused_with_its_column() -> None:
    refused = get_task("text-classification").check_row({"text": "a", "label": ["b"]})
    assert isinstance(refused, Problem)
    assert refused.column == "label"


def test_a_row_without_a_label_is_judged_with_all_rows() -> None:
    row = get_task("text-classification").check_row({"text": "a", "label": None})
    assert row == {"text": "a", "label": ""}


@pytest.mark.parametrize("written", ["3,5", "85%", "1.234,5", "n/a", ""])
def test_a_number_of_a_spreadsheet_stays_as_it_is_written(written: str) -> None:
    row = find_task("regression").check_row({"text": "a", "score": written})
    assert row == {"text": "a", "score": written}


def test_one_class_is_no_dataset() -> None:
    problem = get_task("text-classification").check_dataset(["only"])
    assert problem is not None
    assert problem.expected == "at least two different labels"
