from __future__ import annotations

import pytest

from tests.unit.functions.drops import Desk, reviews
from tests.unit.functions.inspect.saved_datasets import splits


@pytest.mark.parametrize(
    ("folder", "split"),
    [
        ("Train", "train"),
        ("valid", "validation"),
        ("DEV", "validation"),
        ("Test", "test"),
    ],
)
def test_split_folders_are_known_by_any_of_their_names(folder: str, split: str) -> None:
    result = splits({"train/a.csv": "x", f"{folder}/b.csv": "x"})
    assert f"{folder}/b.csv" in result[split]


def test_files_of_split_folders_are_read_in_order() -> None:
    desk = Desk()
    seen = desk.inspect(
        {
            "train/part-1.csv": reviews(),
            "train/part-0.jsonl": '{"text": "so fine", "label": "good"}\n',
            "test/a.tsv": reviews(6, start=60).replace(",", "\t"),
        }
    )
    assert (seen["outcome"], seen["data"]["form"], seen["data"]["rows"]) == (
        "ready",
        "split folders",
        {"train": 21, "test": 6},
    )
    assert desk.bucket.rows(seen["run"], "train")[0]["text"] == "so fine"


@pytest.mark.parametrize(
    "names",
    [
        ["train/2026-10.csv", "train/2026-12.csv"],
        ["train/2026/10.csv", "train/2026/11/05.csv"],
        ["train-2026-10.csv", "train-2026-11.csv"],
        ["train.csv", "train-2026-11.csv"],
        ["2026-10-01.csv", "2026-11-15.csv"],
        ["reviews.csv", "reviews-2026-11.csv", "reviews-2026-12.csv"],
    ],
)
def test_files_of_months_and_days_are_one_table(names: list[str]) -> None:
    files: dict[str, bytes | str] = {}
    for place, name in enumerate(names):
        files[name] = reviews(20, start=20 * place)
    seen = Desk().inspect(files)
    assert (seen["outcome"], sum(seen["data"]["rows"].values())) == (
        "ready",
        20 * len(names),
    )


def test_a_copy_beside_a_table_is_no_part_of_it() -> None:
    seen = Desk().inspect({"train.csv": reviews(), "train_2.csv": reviews()})
    assert seen["outcome"] == "rejected"
