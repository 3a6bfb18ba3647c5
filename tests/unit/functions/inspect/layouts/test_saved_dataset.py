from __future__ import annotations

from pathlib import Path

import pytest
from datasets import Dataset, DatasetDict

from tests.unit.functions.drops import Desk
from tests.unit.functions.inspect.saved_datasets import ROWS, saved, splits


def below(prefix: str, files: dict[str, bytes | str]) -> dict[str, bytes | str]:
    return {f"{prefix}{name}": content for name, content in files.items()}


def test_a_saved_dataset_dict_has_its_splits(tmp_path: Path) -> None:
    files = saved(tmp_path, DatasetDict({"train": ROWS, "test": ROWS}))
    assert splits(files) == {
        "train": ["train/data-00000-of-00001.arrow"],
        "test": ["test/data-00000-of-00001.arrow"],
    }


def test_the_folder_of_a_saved_dataset_may_lie_in_the_models(tmp_path: Path) -> None:
    files = below(
        "my data/", saved(tmp_path, DatasetDict({"train": ROWS, "dev": ROWS}))
    )
    assert splits(files) == {
        "train": ["my data/train/data-00000-of-00001.arrow"],
        "validation": ["my data/dev/data-00000-of-00001.arrow"],
    }


def test_splits_may_be_saved_one_by_one(tmp_path: Path) -> None:
    files = below("train/", saved(tmp_path / "a", ROWS)) | below(
        "test/", saved(tmp_path / "b", ROWS)
    )
    assert list(splits(files)) == ["train", "test"]


@pytest.mark.parametrize("prefix", ["", "reviews/"])
def test_one_saved_dataset_is_split(tmp_path: Path, prefix: str) -> None:
    assert splits(below(prefix, saved(tmp_path, ROWS))) == {
        "train": [f"{prefix}data-00000-of-00001.arrow"]
    }


def test_every_shard_belongs_to_its_split_and_a_cache_to_none(tmp_path: Path) -> None:
    files = saved(tmp_path, DatasetDict({"train": ROWS, "test": ROWS}), shards=3)
    result = splits(
        {**files, "train/cache-1a2b.arrow": b"x", "train/tmpabc.arrow": b"x"}
    )
    assert result["train"] == [f"train/data-0000{i}-of-00003.arrow" for i in range(3)]


def test_the_rows_of_a_saved_dataset_are_read(tmp_path: Path) -> None:
    texts = [f"a film of kind {i}" for i in range(40)]
    rows = Dataset.from_dict({"text": texts, "label": ["bad", "good"] * 20})
    data = DatasetDict(
        {"train": rows.select(range(30)), "test": rows.select(range(30, 40))}
    )
    desk = Desk()
    seen = desk.inspect(below("films/", saved(tmp_path, data, shards=2)))
    assert (seen["outcome"], seen["data"]["form"], seen["data"]["rows"]) == (
        "ready",
        "a dataset saved by save_to_disk",
        {"train": 30, "test": 10},
    )
    assert [row["text"] for row in desk.bucket.rows(seen["run"], "test")] == texts[30:]


def test_the_rows_of_one_saved_dataset_are_split(tmp_path: Path) -> None:
    rows = Dataset.from_dict(
        {
            "text": [f"a film of kind {i}" for i in range(40)],
            "label": ["bad", "good"] * 20,
        }
    )
    assert Desk().inspect(saved(tmp_path, rows))["data"]["rows"] == {
        "train": 32,
        "test": 8,
    }
