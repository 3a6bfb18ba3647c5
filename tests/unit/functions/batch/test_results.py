from __future__ import annotations

import pytest

from functions.batch.results import (
    AnswerColumns,
    RowOutcome,
    answers_in,
    flat,
    free_name,
)


@pytest.mark.parametrize(
    ("body", "answers"),
    [
        ("[1]\n{}\n", [[1], {}]),
        ('{\n  "a": 1\n}\n\n[\n2]\n', [{"a": 1}, [2]]),
        ("one line\nanother\n", ["one line", "another"]),
        ("null\nnull\n", [None, None]),
    ],
)
def test_a_shard_has_an_answer_for_each_request(body: str, answers: object) -> None:
    assert [outcome.answer for outcome in answers_in(body, 2)] == answers


@pytest.mark.parametrize("body", ["", "[1]\n", "[1]\n[2]\n[3]\n"])
def test_another_number_of_answers_is_an_error_of_each_row(body: str) -> None:
    assert all("one JSON value each" in item.error for item in answers_in(body, 2))


@pytest.mark.parametrize(
    ("answer", "columns"),
    [
        ([{"label": "a", "score": 1}], {"label": "a", "score": 1}),
        ({"answer": "x"}, {"answer": "x"}),
        ([[{"a": None}]], {"a": None}),
        ([{"a": 1}, {"a": 2}], None),
        ([{"a": [1]}], None),
        ([], None),
        ({}, None),
        ("text", None),
        ([0.5], None),
    ],
)
def test_one_object_of_plain_values_becomes_columns(
    answer: object, columns: object
) -> None:
    assert flat(answer) == columns


def test_where_one_answer_has_no_columns_all_are_json() -> None:
    one, two = RowOutcome([{"a": "x"}]), RowOutcome([{"a": "x"}, {"a": "y"}])
    assert AnswerColumns([one]).cells(one) == ["x"]
    columns = AnswerColumns([one, two, RowOutcome(error="e")])
    assert columns.names == ["answer"]
    assert columns.cells(one) == ['[{"a": "x"}]']
    assert columns.cells(RowOutcome(error="e")) == [""]


def test_a_column_that_the_rows_have_is_not_overwritten() -> None:
    assert free_name("label", ["text"]) == "label"
    assert free_name("label", ["label"]) == "predicted_label"
    assert free_name("label", ["label", "predicted_label"]) == "predicted_label_2"
