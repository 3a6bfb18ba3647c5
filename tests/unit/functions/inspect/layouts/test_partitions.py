from __future__ import annotations

from collections.abc import Sequence

from contracts.problems import Problem
from functions.inspect.layouts import Plan
from functions.inspect.layouts.partitions import recognise
from functions.inspect.sources.partition import Partition
from tests.unit.functions.inspect.drop_files import drop_file


def plan(names: Sequence[str]) -> Plan | Problem | None:
    return recognise([drop_file(name) for name in names])


def values(names: Sequence[str]) -> dict[str, list[object]]:
    result = plan(names)
    assert isinstance(result, Plan), result
    return {
        split: [_values(file) for file in files]
        for split, files in result.splits.items()
    }


def _values(file: object) -> object:
    assert isinstance(file, Partition)
    return file.values


def test_folders_name_a_column_and_its_value() -> None:
    assert values(
        ["label=a%20b/x.parquet", "label=__HIVE_DEFAULT_PARTITION__/x.parquet"]
    ) == {"train": [{"label": "a b"}, {"label": None}]}


def test_every_file_knows_all_values() -> None:
    result = plan(["label=pos/x.csv", "label=neg/x.csv"])
    assert isinstance(result, Plan)
    first = result.splits["train"][0]
    assert isinstance(first, Partition)
    assert first.domains == {"label": ["pos", "neg"]}


def test_a_column_or_folder_may_be_the_split() -> None:
    names = ["split=train/label=pos/x.csv", "split=dev/label=pos/x.csv"]
    assert [*values(names)] == ["train", "validation"]
    assert [*values(["train/label=pos/x.csv", "test/label=pos/x.csv"])] == [
        "train",
        "test",
    ]


def test_files_of_other_columns_are_refused() -> None:
    result = plan(["label=pos/x.csv", "y.csv"])
    assert isinstance(result, Problem)
    assert result.found == "'y.csv'"


def test_an_unreadable_file_is_refused() -> None:
    assert isinstance(plan(["label=pos/x.pdf"]), Problem)


def test_folders_without_values_are_of_another_form() -> None:
    assert plan(["train/x.csv"]) is None
