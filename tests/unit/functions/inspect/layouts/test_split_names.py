from __future__ import annotations

import pytest

from functions.inspect.layouts.split_names import (
    Shard,
    missing_shard,
    shard_of,
    splits_of,
)


@pytest.mark.parametrize(
    ("stem", "shard"),
    [
        ("train-00001-of-00003", Shard("train", 1, 3)),
        ("Train-00001-of-00003-1a2b3c", Shard("train", 1, 3)),
        ("part-00002", Shard("part", 2)),
        ("part-00002-1c9d-c000", Shard("part", 2, has_gaps=True)),
        ("train_7", Shard("train", 7)),
        ("0004", Shard("", 4)),
        ("reviews", Shard("reviews")),
        ("reviews_v2", Shard("reviews_v2")),
        ("v2", Shard("v2")),
        ("train-2026-10", Shard("train", 202610, has_gaps=True, is_dated=True)),
        ("2026-10-31", Shard("", 20261031, has_gaps=True, is_dated=True)),
        ("reviews_20261031", Shard("reviews", 20261031, has_gaps=True, is_dated=True)),
        ("reviews-2026-w45", Shard("reviews", 202645, has_gaps=True, is_dated=True)),
        ("train-2026", Shard("train", 2026)),
        ("train-20001", Shard("train", 20001)),
    ],
)
def test_a_shard_is_recognised_by_its_number(stem: str, shard: Shard) -> None:
    assert shard_of(stem) == shard


@pytest.mark.parametrize(
    ("stems", "splits"),
    [
        (["train", "dev", "test"], ["train", "validation", "test"]),
        (["train", "eval"], ["train", "validation"]),
        (["training", "development", "testing"], ["train", "validation", "test"]),
        (["imdb_train", "imdb_test"], ["train", "test"]),
        (["train_0", "train_1", "test_0"], ["train", "train", "test"]),
        (["train.ft", "test.ft"], ["train", "test"]),
        (["train-00000-of-00001", "test-00000-of-00001"], ["train", "test"]),
    ],
)
def test_names_that_differ_in_a_word_for_a_split_are_splits(
    stems: list[str], splits: list[str]
) -> None:
    assert splits_of(stems) == splits


@pytest.mark.parametrize(
    ("stems", "splits"),
    [
        (["eval"], [None]),
        (["test_results", "reviews"], [None, None]),
        (["train_users", "test_items"], [None, None]),
        (
            ["validation_matched", "validation_mismatched", "train"],
            [None, None, "train"],
        ),
        (["test_a", "test_b"], [None, None]),
    ],
)
def test_other_names_are_no_splits(stems: list[str], splits: list[str | None]) -> None:
    assert splits_of(stems) == splits


@pytest.mark.parametrize(
    ("stems", "message"),
    [
        (["a-00000-of-00003", "a-00001-of-00003"], "3 data files, as their names say"),
        (["part-00000", "part-00002"], "a data file of the number 1"),
        (["a_1", "a_3"], "a data file of the number 2"),
        (["a_0", "a_1"], None),
        (["a_1", "a_2"], None),
        (["sales_2019", "sales_2021"], None),
        (["sales-2026-10", "sales-2026-12"], None),
        (["part-00000-x", "part-00002-x"], None),
        (["a"], None),
    ],
)
def test_a_missing_shard_is_named(stems: list[str], message: str | None) -> None:
    assert missing_shard([shard_of(stem) for stem in stems]) == message
