from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.inspect.rows import keys
from functions.inspect.sharded_inspection import ShardedInspection
from tasks import get_task
from tasks.registry import TASKS
from tests.properties import scaled
from tests.unit.functions.drops import Desk, reviews
from tests.unit.functions.inspect.shards.sharded_desk import (
    SHARDED,
    inspected,
    inspected_in_shards,
)
from tests.unit.functions.task_rows import lines

Files = dict[str, bytes | str]


def table(rows: Sequence[tuple[object, ...]], header: str = "text,label") -> str:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


def named(*contents: str, split: str = "train", ending: str = "csv") -> Files:
    return {f"{split}-{i:04}.{ending}": text for i, text in enumerate(contents)}


def rows_of(make: Callable[[int], dict[str, Any]], files: int = 3) -> Files:
    """Twenty rows in each file."""
    contents = [
        lines([make(i) for i in range(20 * n, 20 * n + 20)]) for n in range(files)
    ]
    return named(*contents, ending="jsonl")


def labelled(start: int, names: Sequence[str], rows: int = 20) -> str:
    return table(
        [(f"text {i}", names[i % len(names)]) for i in range(start, start + rows)]
    )


DROPS: dict[str, Files] = {
    "three files": named(*(reviews(20, start=20 * i) for i in range(3))),
    "repeats and contradictions across files": named(
        reviews(20), reviews(20, start=10), "text,label\na film of kind 1,bad\n"
    ),
    "labels first seen in other orders": named(
        labelled(0, "ab"), labelled(20, "ca"), labelled(40, "dcb")
    ),
    "spellings of one label": named(
        labelled(0, ["Good", "bad"]), labelled(20, ["good", "Bad "])
    ),
    "labels that are missing": named(
        labelled(0, ["a", "b", "n/a"]), labelled(20, ["a", "N/A", "b"], 30)
    ),
    "empty labels": named(labelled(0, ["a", "b", ""]), labelled(20, ["a", "b", ""])),
    "several labels in one cell": named(
        labelled(0, ["a;b", "b", "c;a"]), labelled(20, ["b;c", "A", "c;a"], 30)
    ),
    "lists of labels": rows_of(
        lambda i: {"text": f"t {i}", "labels": [["A", "b"], ["a", "A"], []][i % 3]}
    ),
    "numbers as in spreadsheets": named(
        table([(f"t {i}", f'"{i},5"') for i in range(20)], "text,score"),
        table([(f"t {i}", f"{i}") for i in range(20, 40)], "text,score"),
        "traindrop",
    )
    | {
        "train-0002.csv": table(
            [(f"t {i}", "n/a") for i in range(40, 44)], "text,score"
        )
    }
    | {"traindrop.yaml": "task: regression\nlabels: {missing: [n/a]}"},
    "one number everywhere": named(
        *(
            table([(f"t {i}{n}", '"0,5"') for i in range(20)], "text,score")
            for n in "ab"
        )
    )
    | {"traindrop.yaml": "task: regression"},
    "one class": named(labelled(0, ["a"]), labelled(20, ["a"])),
    "a class with one row": named(labelled(0, "ab"), labelled(20, ["a", "b", "c"], 3)),
    "ids as labels": named(
        *(table([(f"t {i}", f"id {i}") for i in range(n, n + 20)]) for n in (0, 20))
    ),
    "leaks": named(reviews(20), reviews(20, start=20))
    | named(reviews(15, start=12), split="validation")
    | named(reviews(15, start=20), reviews(15, start=35), split="test"),
    "an unknown label in a test file": named(reviews(20), reviews(20, start=20))
    | named(reviews(5, start=40), "text,label\nso so,unknown\n", split="test"),
    "a test file without answers": named(reviews(20), reviews(20, start=20))
    | {"test-0000.csv": "text\nfilm a\n", "test-0001.csv": "text\nfilm b\n"},
    "a test file whose answers are all empty": named(reviews(20), reviews(20, start=20))
    | {"test.csv": "text,label\nfilm a,\nfilm b,\n"},
    "a test file that lacks its answers in the second shard": named(
        reviews(20), reviews(20, start=20)
    )
    | named(reviews(9, start=60), "text\nfilm b\n", split="test"),
    "broken rows in many files": named(
        *(reviews(20, start=20 * i) + ",good\n" * 9 for i in range(4))
    ),
    "a file that can't be read": named(reviews(20), reviews(20)[:-1] + "\n\x00\x01")
    | {"train-0002.csv": b"\x00\x00\x00"},
    "a first file that can't be read": {
        "train-0000.csv": b"\x00\x00\x00",
        "train-0001.csv": reviews(20),
    },
    "a file without a column": named(reviews(20), "text,topic\na,b\n", reviews(9)),
    "a file in another encoding": named(reviews(20))
    | {"train-0001.csv": "text,label\nÄpfel über Öl,good\nÜber,bad\n".encode("cp1252")},
    "questions about shared passages": rows_of(
        lambda i: {
            "question": f"Who is {i}?",
            "context": f"Ada {i // 6} was born.",
            "answers": {"text": ["Ada"], "answer_start": [0]},
        }
    ),
    "pairs of texts": rows_of(
        lambda i: {
            "premise": f"p {i // 4}",
            "hypothesis": f"h {i}",
            "label": ["yes", "no"][i % 2],
        }
    ),
    "tags": rows_of(
        lambda i: {
            "tokens": ["Ada", str(i)],
            "tags": ["B-PER", "O" if i % 3 else "B-N"],
        }
    ),
    "texts alone": rows_of(lambda i: {"text": f"once {i // 2} upon"}),
    "summaries that are copies": rows_of(
        lambda i: {"document": f"doc {i}", "summary": f"doc {i}"}
    ),
    "a label a file, under a name that says nothing": named(
        *(
            table([(f"a long text {i}", name) for i in range(n, n + 20)], "body,kindx")
            for n, name in ((0, "a"), (20, "a"), (40, "b"))
        )
    ),
    "a first file without labels": named(
        table([(f"a long text {i}",) for i in range(20)], "text"), labelled(20, "ab")
    ),
    "too few rows": named(reviews(4), reviews(4, start=4)),
    "settings that don't fit": named(reviews(20), reviews(20, start=20))
    | {"traindrop.yaml": "columns: {text: nothing}"},
    "columns of 0 and 1": named(
        *(
            table(
                [(f"a long text {i}", i % 2, (i + 1) % 2) for i in range(n, n + 20)],
                "text,toxic,kind",
            )
            for n in (0, 20)
        )
    ),
}


@pytest.mark.parametrize("name", DROPS)
def test_shards_give_what_one_function_gives(name: str) -> None:
    check(DROPS[name])


def check(files: Files) -> None:
    plain, sharded = inspected(files), inspected_in_shards(files)
    assert sharded.documents == plain.documents
    assert sharded.channels == plain.channels
    assert sharded.record["outcome"] in ("ready", "rejected")


ROWS = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(["a", "b", "A", "c", "n/a", ""])),
    min_size=1,
    max_size=25,
)


@settings(max_examples=scaled(20))
@given(st.lists(ROWS, min_size=2, max_size=4), st.lists(ROWS, max_size=2))
def test_shards_of_any_rows_give_what_one_function_gives(
    train: list[list[tuple[int, str]]], test: list[list[tuple[int, str]]]
) -> None:
    texts = [table([(f"t {text}", label) for text, label in rows]) for rows in train]
    held = [table([(f"t {text}", label) for text, label in rows]) for rows in test]
    check(named(*texts) | named(*held, split="test"))


def test_keys_are_read_range_by_range(monkeypatch: pytest.MonkeyPatch) -> None:
    files = DROPS["leaks"]
    whole = inspected(files)
    monkeypatch.setattr(keys, "RANGE_ROWS", 5)
    in_ranges, sharded = inspected(files), inspected_in_shards(files)
    assert len(keys.ranges(85)) == 17
    assert in_ranges.documents == whole.documents == sharded.documents
    assert in_ranges.channels == whole.channels == sharded.channels


def test_every_step_may_be_repeated() -> None:
    files = DROPS["spellings of one label"]
    once = inspected_in_shards(files)
    ShardedInspection(once.desk.inspection).take_all(once.record["run"], 2)
    assert once.channels == inspected(files).channels


def test_the_rows_of_a_shard_are_a_file_of_the_channel() -> None:
    seen = inspected_in_shards(DROPS["three files"])
    names = [key for key in seen.desk.bucket.objects if "/data/train/" in key]
    assert [name.rpartition("/")[2] for name in names] == [
        "rows-00000.jsonl",
        "rows-00001.jsonl",
        "rows-00002.jsonl",
    ]
    rows = [json.loads(line) for line in seen.channels["train/rows.jsonl"].splitlines()]
    assert len(rows) == seen.record["data"]["rows"]["train"]


def divided(start: int, splits: Sequence[str], rows: int = 20) -> str:
    cells = []
    for i in range(start, start + rows):
        cells.append((f"text {i}", "ab"[i // 2 % 2], splits[i % len(splits)]))
    return table(cells, "text,label,split")


DIVIDED: dict[str, Files] = {
    "all splits in every file": named(
        divided(0, ["train", "train", "test", "dev"]),
        divided(20, ["train", "test", "Train", "validation"]),
    ),
    "files that hold one split each": named(
        divided(0, ["train"]), divided(20, ["train"]), divided(40, ["test"])
    ),
    "rows that two splits share": named(
        divided(0, ["train"]), divided(10, ["test"]), divided(5, ["valid"])
    ),
    "labels and texts that are wrong": named(
        divided(0, ["train", "test"]), "text,label,split\n,a,train\nb,unknown,test\n"
    ),
    "a first file of a split that is none": named(
        divided(0, ["unsup"]), divided(20, ["train"], 40), divided(60, ["test"])
    ),
    "a first file without the column": named(
        labelled(0, "ab"), divided(20, ["train"]), divided(40, ["test"])
    ),
    "a last file without the column": named(
        divided(0, ["train"]), divided(20, ["test"]), labelled(40, "ab")
    ),
    "Windows-1252": {
        f"train-{n}.csv": divided(20 * n, ["train", "test"])
        .replace("text", "t\xe4xt")
        .encode("cp1252")
        for n in range(2)
    },
}


@pytest.mark.parametrize("name", DIVIDED)
def test_a_column_of_splits_divides_the_rows_of_all_shards(name: str) -> None:
    check(DIVIDED[name])


def test_a_row_of_no_split_is_named() -> None:
    files = named(divided(0, ["train", "test"]), divided(20, ["train", "tset"]))
    seen = inspected_in_shards(files)
    assert seen.record["problem_count"] == 10
    assert seen.record["problems"][0]["message"] == (
        "train-0001.csv, row 3, column 'split': expected the name of a split: train, validation or test; found 'tset'. "
        "Correct the cell, or delete the row; or write the rows of each split into files of their own."
    )


def test_a_file_without_the_column_of_splits_is_named() -> None:
    files = named(divided(0, ["train", "test"]), labelled(20, "ab"))
    seen = inspected_in_shards(files)
    assert (
        "train-0001.csv: expected the column 'split', as in other files"
        in (seen.record["problems"][0]["message"])
    )


def test_a_column_of_splits_without_training_rows_is_refused() -> None:
    seen = inspected_in_shards(named(divided(0, ["test"]), divided(20, ["dev"])))
    assert seen.record["problems"][0]["message"] == (
        "column 'split': expected rows to train on; found none whose column 'split' says train. "
        "Write train, validation or test into the column of each row."
    )


def test_a_shard_that_fails_leaves_its_file_and_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def check_row(row: Any) -> Any:
        if row["text"] == "text 27":
            raise KeyError("label")
        return row

    desk = Desk(settings=SHARDED)
    answer = desk.inspect(
        rows_of(lambda i: {"text": f"text {i}", "label": "ab"[i % 2]})
    )
    sharded = ShardedInspection(desk.inspection)
    sharded.take("check", answer["run"], 0)
    task = replace(get_task("text-classification"), check_row=check_row)
    monkeypatch.setitem(TASKS, "text-classification", task)
    with pytest.raises(KeyError, match="label"):
        sharded.take("check", answer["run"], 1)
    failure = desk.ledger.get_run(answer["run"]).shard_failure
    assert failure is not None
    assert (failure.files, failure.error, failure.message) == (
        ("train-0001.jsonl",),
        "KeyError",
        "train-0001.jsonl, row 8: 'label'",
    )


def test_a_shard_that_cannot_be_read_names_its_files() -> None:
    desk = Desk(settings=SHARDED)
    answer = desk.inspect(DROPS["three files"])
    sharded = ShardedInspection(desk.inspection)
    del desk.bucket.objects["datasets/reviews/train-0002.csv"]
    with pytest.raises(KeyError):
        sharded.take("check", answer["run"], 2)
    failure = desk.ledger.get_run(answer["run"]).shard_failure
    assert failure is not None
    assert failure.message.startswith("'train-0002.csv': ")
