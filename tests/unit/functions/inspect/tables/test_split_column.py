from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from functions.common.drop import DropFile, StoredObject
from functions.inspect.layouts import Plan
from functions.inspect.sources import open_source
from functions.inspect.tables.split_column import rows_of_split, with_split_column

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
        "text,label,split\na,x,test\nb,y,dev\n",
        "text,label,split\n" + "a,x,train\n" * 200 + "b,y,holdout\nc,x,test\n",
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
    assert with_split_column(plan, opener(a=DIVIDED, b="text,label\na,x\n")) is plan


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
