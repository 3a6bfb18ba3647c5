from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from contracts.problems import Problem
from functions.inspect.layouts import Plan
from functions.inspect.layouts.class_folders import recognise
from functions.inspect.sources.text_folder import TextFolder
from tests.unit.functions.inspect.drop_files import drop_file

MANY_FILES_SECONDS = 20
"""About twenty times what it takes; looking at every pair of files takes minutes."""


def plan(names: Sequence[str]) -> Plan | Problem | None:
    return recognise([drop_file(name) for name in names])


def doubled(names: Sequence[str]) -> list[str]:
    """The names, and one more text in each folder."""
    return [*names, *(f"{name.rpartition('/')[0]}/more.txt" for name in names)]


def labels(names: Sequence[str]) -> dict[str, list[str]]:
    result = plan(names)
    assert isinstance(result, Plan), result
    return {split: _labels(folder) for split, (folder,) in result.splits.items()}


def _labels(folder: object) -> list[str]:
    assert isinstance(folder, TextFolder)
    return [text.label for text in folder.texts]


@pytest.mark.parametrize("ending", ["1.txt", "1.TXT", "1", "0_9.txt", "a.text"])
def test_folders_are_labels(ending: str) -> None:
    assert labels(doubled([f"pos/{ending}", f"neg/{ending}"])) == {
        "train": ["neg", "pos", "neg", "pos"]
    }


def test_folders_above_are_splits() -> None:
    names = ["train/pos/1.txt", "train/neg/1.txt", "test/pos/1.txt", "dev/neg/1.txt"]
    assert {split: {*names} for split, names in labels(doubled(names)).items()} == {
        "train": {"neg", "pos"},
        "validation": {"neg"},
        "test": {"pos"},
    }


def test_what_lies_beside_is_left_out_and_named() -> None:
    names = [
        "train/pos/1.txt",
        "train/pos/2.txt",
        "train/neg/1.txt",
        "train/unsup/1.txt",
    ]
    names += ["vocab.txt", "train/a.feat"]
    result = plan(names)
    assert isinstance(result, Plan)
    assert result.notes == (
        "Left out: 1 text without a label.",
        "Left out, as they lie in no folder of a label: 'vocab.txt', 'train/a.feat'.",
    )


@pytest.mark.parametrize(
    "names",
    [
        ["train/1.txt", "test/1.txt"],
        ["pos/1.txt", "pos/2.txt"],
        ["pos/a.csv", "neg/a.csv"],
        ["1.txt", "2.txt"],
        ["a/pos/1.txt", "b/neg/1.txt"],
    ],
)
def test_other_folders_are_of_another_form(names: Sequence[str]) -> None:
    assert plan(names) is None


def test_a_table_beside_the_folders_is_refused() -> None:
    result = plan(["pos/1.txt", "neg/1.txt", "all.csv"])
    assert isinstance(result, Problem)
    assert result.found == "'all.csv'"


def test_folders_of_a_test_split_alone_are_refused() -> None:
    result = plan(["test/pos/1.txt", "test/neg/1.txt"])
    assert isinstance(result, Problem)
    assert result.expected == "a folder called train"


def test_many_files_are_recognised_in_linear_time() -> None:
    names = [
        f"train/{'pos' if index % 2 else 'neg'}/{index}.txt" for index in range(20_000)
    ]
    started = time.process_time()
    assert isinstance(plan(names), Plan)
    assert time.process_time() - started < MANY_FILES_SECONDS


def test_one_file_in_each_folder_is_refused() -> None:
    result = plan(["pos/all.txt", "neg/all.txt"])
    assert isinstance(result, Problem)
    assert result.found == "one file in each: 'pos/all.txt', 'neg/all.txt'"
