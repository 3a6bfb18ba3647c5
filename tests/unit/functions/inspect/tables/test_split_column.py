from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from functions.common.drop import DropFile, StoredObject
from functions.inspect.layouts import Plan
from functions.inspect.sources import open_source
from functions.inspect.tables.split_column import (
    rows_of_split,
    sampled_split_column,
    with_split_column,
)
from tests.unit.functions.drops import messages

NOTHING = "text,label,split\n"
DIVIDED = "text,label,split\na,x,Train\nb,y,test \nc,x,train\n"


def csv_file(name: str) -> DropFile:
    return DropFile(
        name, StoredObject(f"datasets/m/{name}", 1, "e", "v", datetime.now(UTC))
    )


def opener(**contents: str):  # type: ignore[no-untyped-def]
    return lambda file: io.BytesIO(contents[file.stem].encode())


def test_a_column_of_names_of_splits_divides_the_rows() -> None:
    file = csv_file("data.csv")
    plan = with_split_column(Plan("one file", {"train": (file,)}), opener(data=DIVIDED))
    assert plan.splits == {"train": (file,), "test": (file,)}
    assert plan.split_column == "split"
    assert plan.notes == ("The column 'split' divides the 3 rows: 2 train, 1 test.",)


@pytest.mark.parametrize(
    "content",
    [
        NOTHING,
        "text,label\na,x\n",
        "text,label,split\na,x,1\nb,y,2\n",
        "text,label,split\na,x,train\nb,y,train\n",
        "text,label,set\na,x,train\nb,y,car\nc,y,plane\n",
        "text,label,split,usage\na,x,train,test\nb,y,test,train\n",
        "text,label,source\na,x,train\nb,y,test\n",
    ],
)
def test_any_other_column_divides_nothing(content: str) -> None:
    plan = Plan("one file", {"train": (csv_file("data.csv"),)})
    assert with_split_column(plan, opener(data=content)) is plan


def test_a_column_with_another_role_divides_nothing() -> None:
    plan = Plan("one file", {"train": (csv_file("data.csv"),)})
    assert with_split_column(plan, opener(data=DIVIDED), ["split"]) is plan


def test_files_that_are_divided_already_stay_so() -> None:
    plan = Plan("files", {"train": (csv_file("a.csv"),), "test": (csv_file("b.csv"),)})
    assert with_split_column(plan, opener(a=DIVIDED, b=DIVIDED)) is plan


def test_shards_must_agree() -> None:
    plan = Plan("shards", {"train": (csv_file("a.csv"), csv_file("b.csv"))})
    both = with_split_column(plan, opener(a=DIVIDED, b=DIVIDED))
    assert both.notes == ("The column 'split' divides the 6 rows: 4 train, 2 test.",)
    for files in (
        opener(a=DIVIDED, b="text,label\na,x\n"),
        opener(a="text,label\na,x\n", b=DIVIDED),
    ):
        assert with_split_column(plan, files).split_column == "split"


@pytest.mark.parametrize(
    ("rows", "splits"),
    [
        ("a,x,train\n" * 200 + "b,y,test\n" * 50, ["train", "test"]),
        ("a,x,train\n" * 200 + "b,y,test\nc,x,\n", ["train", "test"]),
        ("c,x,\n" * 150 + "a,x,train\n" * 200 + "b,y,test\n", ["train", "test"]),
        ("a,x,train\n" * 200 + "b,y,holdout\n" * 50, ["train"]),
        ("a,x,test\nb,y,dev\n", ["validation", "test"]),
    ],
)
def test_all_rows_decide(rows: str, splits: list[str]) -> None:
    plan = Plan("one file", {"train": (csv_file("data.csv"),)})
    divided = with_split_column(plan, opener(data=NOTHING + rows))
    assert divided.split_column == "split"
    assert [*divided.splits] == splits


@pytest.mark.parametrize("wrong", ["", "holdout", "tset"])
def test_a_row_of_no_split_is_refused_wherever_it_is(wrong: str) -> None:
    rows = [
        f"text {i},{'ab'[i % 2]},{'test' if i > 200 else 'train'}" for i in range(250)
    ]
    for place in (3, 230):
        cells = rows[place].rpartition(",")[0]
        changed = [*rows[:place], f"{cells},{wrong}", *rows[place + 1 :]]
        [message] = messages({"r.csv": "\n".join(["text,label,split", *changed])})
        actual = f"'{wrong}'" if wrong else "nothing"
        assert message == (
            f"r.csv, row {place + 2}, column 'split': expected the name of a split: train, validation or test; "
            f"found {actual}. Correct the cell, or delete the row; or write the rows of each split into files of "
            "their own."
        )


def test_a_table_without_training_rows_is_refused() -> None:
    rows = [f"text {i},{'ab'[i % 2]},{'test' if i > 20 else 'dev'}" for i in range(50)]
    [message] = messages({"r.csv": "\n".join(["text,label,split", *rows])})
    assert message == (
        "column 'split': expected rows to train on; found none whose column 'split' says train. "
        "Write train, validation or test into the column of each row."
    )


def test_some_files_from_all_over_a_drop_show_the_column() -> None:
    files = tuple(csv_file(f"part-{i}.csv") for i in range(30))
    plan = Plan("shards", {"train": files})
    opened = []

    def open_file(file: DropFile) -> io.BytesIO:
        opened.append(file.name)
        cells = "a,x,unsup\n" if file is files[0] else "a,x,train\n"
        return io.BytesIO(f"text,label,split\n{cells}".encode())

    assert sampled_split_column(plan, open_file) == "split"
    assert len(opened) == 8
    assert (opened[0], opened[-1]) == ("part-0.csv", "part-29.csv")


def test_broken_rows_count_once() -> None:
    broken = DIVIDED + 'd,"x,train\n'
    with open_source(csv_file("data.csv"), opener(data=broken)) as table:
        train = rows_of_split(table, "split", "train")
        assert train.columns == ("text", "label")
        rows = [row for _, row in train.rows({"text": "text"})]
    assert rows[:2] == [{"text": "a"}, {"text": "c"}]
    assert len(rows) == 3
    with open_source(csv_file("data.csv"), opener(data=broken)) as table:
        test = rows_of_split(table, "split", "test")
        assert [row for _, row in test.rows({"text": "text"})] == [{"text": "b"}]
