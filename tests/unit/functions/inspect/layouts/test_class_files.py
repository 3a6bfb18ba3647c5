from __future__ import annotations

from collections.abc import Sequence

import pytest

from functions.inspect.layouts import Plan
from functions.inspect.layouts.class_files import recognise
from functions.inspect.sources.partition import Partition
from tests.unit.functions.inspect.drop_files import drop_file


def labels(names: Sequence[str]) -> dict[str, list[object]] | None:
    result = recognise([drop_file(name) for name in names])
    if not isinstance(result, Plan):
        return None
    return {
        split: [_label(file) for file in files]
        for split, files in result.splits.items()
    }


def _label(file: object) -> object:
    assert isinstance(file, Partition)
    assert file.domains == {"label": ["neg", "pos"]}
    return file.values["label"]


@pytest.mark.parametrize(
    "names",
    [
        ["neg.txt", "pos.txt"],
        ["rt-polarity.neg", "rt-polarity.pos"],
        ["tweets_neg.csv", "tweets_pos.csv"],
        ["NEG.txt.gz", "POS.txt.gz"],
    ],
)
def test_names_of_files_are_labels(names: list[str]) -> None:
    assert labels(names) == {"train": ["neg", "pos"]}


def test_folders_are_splits() -> None:
    names = ["train/neg.txt", "train/pos.txt", "test/neg.txt", "test/pos.txt"]
    assert labels(names) == {"train": ["neg", "pos"], "test": ["neg", "pos"]}


@pytest.mark.parametrize(
    "names",
    [
        ["pos.txt"],
        ["pos.txt", "other.txt"],
        ["tweets_pos.txt", "books_neg.txt"],
        ["train.csv", "test.csv"],
        ["dickens.txt", "austen.txt"],
        ["a/pos.txt", "b/neg.txt"],
        ["test/pos.txt", "test/neg.txt"],
    ],
)
def test_other_names_are_of_another_form(names: list[str]) -> None:
    assert labels(names) is None
