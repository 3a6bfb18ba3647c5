from __future__ import annotations

import io
import json
from typing import Any

import pytest

from functions.inspect.formats import Table, UnreadableError, open_table
from functions.inspect.labels.vectors import label_columns_of, with_names_of_digits
from functions.inspect.settings_file import NONE, Options
from tasks import Row

TEXT = "a text of several words"


def table_of(*rows: Row) -> Table:
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    return open_table(io.BytesIO(lines.encode()), "jsonl")


def read(options: Options, *rows: Row) -> list[Any]:
    table = table_of(*rows)
    named = with_names_of_digits(table, label_columns_of(table, options), options, None)
    return [row for _, row in named.rows({name: name for name in named.columns})]


def columns(
    *names: str, values: tuple[object, object] = (0, 1), **more: object
) -> list[Row]:
    """Each name is 1 in another third of eight rows."""
    rows: list[Row] = []
    for i in range(8):
        digits = {
            name: values[(i + place) % 3 == 0] for place, name in enumerate(names)
        }
        rows.append({"text": f"{TEXT} {i}", **digits, **more})
    return rows


@pytest.mark.parametrize("values", [(0, 1), ("0", "1"), (False, True), (0.0, 1.0)])
def test_columns_of_digits_become_their_names(values: tuple[object, object]) -> None:
    rows = read(NONE, *columns("rude", "late", values=values))
    assert rows[0] == {"text": f"{TEXT} 0", "labels": ["rude"]}
    assert rows[1] == {"text": f"{TEXT} 1", "labels": []}
    assert rows[2] == {"text": f"{TEXT} 2", "labels": ["late"]}


def test_one_in_every_row_is_a_class() -> None:
    rows = [{"text": f"{TEXT} {i}", "good": i % 2, "bad": 1 - i % 2} for i in range(8)]
    assert [row["label"] for row in read(NONE, *rows)] == ["bad", "good"] * 4
    multi = Options(task="text-classification/multi-label")
    assert read(multi, *rows)[0]["labels"] == ["bad"]


@pytest.mark.parametrize(
    "rows",
    [
        columns("rude"),
        columns("rude", "late", label="x"),
        columns("rude", "label"),
        columns("rude", "late", answers="an answer of several words"),
        [{"rude": 0, "late": 1}, {"rude": 1, "late": 0}] * 4,
        columns("rude", "late", values=(1, 5)),
    ],
)
def test_other_digits_stay(rows: list[Row]) -> None:
    assert label_columns_of(table_of(*rows), NONE) == []


def test_other_tasks_and_columns_that_the_settings_name_have_no_labels_of_digits() -> (
    None
):
    table = table_of(*columns("rude", "late"))
    assert label_columns_of(table, Options(task="text-generation")) == []
    assert label_columns_of(table, Options(columns={"label": "rude"})) == []
    assert label_columns_of(table, Options(labels={"columns": ["late", "rude"]})) == [
        "late",
        "rude",
    ]


def test_a_cell_that_is_no_digit_is_a_problem_of_its_row() -> None:
    rows = [*columns("rude", "late"), {"text": TEXT, "rude": -1, "late": 1}]
    options = Options(labels={"columns": ["rude", "late"]})
    problem = read(options, *rows)[-1]
    assert (
        str(problem)
        == "column 'rude': expected 0 or 1; found '-1'. Correct it or delete the row."
    )


def vectors(*lists: object) -> list[Row]:
    return [{"text": f"{TEXT} {i}", "labels": vector} for i, vector in enumerate(lists)]


def test_vectors_take_their_names_from_the_settings() -> None:
    options = Options(labels={"names": ["rude", "late"]})
    rows = read(options, *vectors([1, 1], [0.0, 1.0], "[0, 0]"))
    assert [row["labels"] for row in rows] == [["rude", "late"], ["late"], []]


def test_vectors_without_names_are_asked_about() -> None:
    with pytest.raises(UnreadableError) as caught:
        read(NONE, *vectors([1, 0], [0, 1]))
    [choice] = caught.value.problem.choices
    assert choice.settings == 'labels:\n  names: ["labels_0", "labels_1"]'


def test_names_must_be_as_many_as_places() -> None:
    with pytest.raises(
        UnreadableError, match="expected 3 names, one for each place of 'labels'"
    ):
        read(
            Options(labels={"names": ["rude", "late"]}), *vectors([1, 0, 0], [0, 1, 1])
        )


@pytest.mark.parametrize(
    "lists", [([1, 0], [0, 1, 1]), ([1], [0]), (["a", "b"], ["b", "a"])]
)
def test_other_lists_stay(lists: tuple[object, ...]) -> None:
    assert read(NONE, *vectors(*lists)) == vectors(*lists)


def test_tags_of_tokens_are_no_vectors() -> None:
    rows: list[Row] = [
        {"tokens": ["a", "b"], "labels": [0, 1]},
        {"tokens": ["c", "d"], "labels": [1, 1]},
    ]
    assert read(NONE, *rows) == rows
