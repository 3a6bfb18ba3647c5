from __future__ import annotations

import pytest

from contracts.locations import row_sources_key
from tests.unit.functions.drops import Desk, messages, reviews
from tests.unit.functions.inspect.ready_drops import ready


def table(labels: list[str], column: str = "label", rows: int = 60) -> str:
    lines = [f"a film of kind {i};{labels[i % len(labels)]}" for i in range(rows)]
    return "\n".join([f"text;{column}", *lines]) + "\n"


def test_what_is_decided_is_applied_to_every_split() -> None:
    test = "text,label\nfilm 1,GOOD\nfilm 2,bad \nfilm 3,nan\n"
    _, seen = ready({"train.csv": reviews(40), "test.csv": test})
    assert seen["data"]["labels"] == ["bad", "good"]
    assert seen["data"]["rows"] == {"train": 40, "test": 2}


@pytest.mark.parametrize("label", ["-1", "", "?", "NA"])
def test_a_test_file_without_labels_is_left_out(label: str) -> None:
    test = "text,label\n" + "".join(f"film {i},{label}\n" for i in range(9))
    _, seen = ready({"train.csv": reviews(40), "test.csv": test})
    assert seen["data"]["rows"] == {"train": 32, "test": 8}
    assert (
        "test.csv has no answers: it is left out; rows of the train file are held out instead."
        in seen["warnings"]
    )


def test_an_empty_label_is_refused_with_its_file_and_row() -> None:
    drop: dict[str, bytes | str] = {
        "train/a.csv": reviews(40),
        "train/b.csv": reviews(5, start=50) + "film,\n",
    }
    assert messages(drop) == [
        "train/b.csv, row 7, column 'label': expected a label; found an empty cell. "
        "Fill in the label or delete the row."
    ]


def test_settings_leave_out_empty_labels() -> None:
    drop: dict[str, bytes | str] = {
        "r.csv": reviews(40) + "film,\n",
        "traindrop.yaml": "labels: {missing: []}",
    }
    _, seen = ready(drop)
    assert "Left out: 1 row without a label." in seen["warnings"]


def test_numbers_of_a_regression_are_read_as_they_are_written() -> None:
    _, seen = ready(
        {
            "r.csv": table(["3,5", "4", "1,25"], "score"),
            "traindrop.yaml": "task: regression",
        }
    )
    assert seen["data"]["variant"] == "regression"
    assert "The numbers are read as amounts: '3,5' as 3.5." in seen["data"]["reasons"]


def test_few_missing_numbers_are_left_out_and_many_are_asked_about() -> None:
    settings: dict[str, bytes | str] = {"traindrop.yaml": "task: regression"}
    few = ["3.5", "4", "1", "2", "5", "7", "8", "9", "1.5", "2.5", "6", "n/a"]
    _, seen = ready({"r.csv": table(few, "score"), **settings})
    assert "Left out: 5 rows without a number." in seen["warnings"]
    answer = Desk().inspect({"r.csv": table(["3.5", "4", "n/a"], "score"), **settings})
    assert answer["problems"][0]["found"] == "none in 20 rows of 60"
    assert answer["problems"][0]["choices"]


def test_mixed_percentages_are_refused() -> None:
    drop: dict[str, bytes | str] = {
        "r.csv": table(["85%", "3", "4"], "score"),
        "traindrop.yaml": "task: regression",
    }
    assert messages(drop)[0] == (
        "r.csv, column 'score': expected numbers that are written alike; found '85%'. "
        "Write all of them alike, for example 1234.5."
    )


def test_settings_of_labels_are_refused_for_other_tasks() -> None:
    drop: dict[str, bytes | str] = {
        "r.txt": "a line\n" * 20,
        "traindrop.yaml": "labels: {missing: []}",
    }
    assert "expected labels only for text-classification" in messages(drop)[0]


def test_held_out_rows_are_traced_to_their_files_when_rows_are_left_out() -> None:
    drop: dict[str, bytes | str] = {
        "train/a.csv": reviews(40),
        "test/a.csv": reviews(9, start=50) + "film,nan\n",
        "test/b.csv": reviews(5, start=70),
    }
    desk, seen = ready(drop)
    content = desk.bucket.objects[row_sources_key(seen["run"])].decode()
    assert content.split() == [f"test/a.csv,{n}" for n in range(2, 11)] + [
        f"test/b.csv,{n}" for n in range(2, 7)
    ]


def test_a_test_file_without_the_column_of_labels_is_left_out() -> None:
    test = "text\n" + "".join(f"film {i}\n" for i in range(9))
    _, seen = ready({"train.csv": reviews(40), "test.csv": test})
    assert seen["data"]["rows"] == {"train": 32, "test": 8}
    assert seen["warnings"] == [
        "test.csv has no answers: it is left out; rows of the train file are held out instead."
    ]
