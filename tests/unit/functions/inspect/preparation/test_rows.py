from __future__ import annotations

from tests.unit.functions.drops import reviews
from tests.unit.functions.inspect.ready_drops import ready, rows


def test_with_a_validation_file_only_test_rows_still_come_from_train() -> None:
    desk, seen = ready(
        {"train.csv": reviews(50), "validation.csv": reviews(10, start=100)}
    )
    assert seen["data"]["rows"] == {"train": 40, "validation": 10, "test": 10}
    assert not {*rows(desk, seen["run"], "test")} & {
        *rows(desk, seen["run"], "validation")
    }


def test_examples_that_leak_into_a_given_test_file_are_left_out_of_train() -> None:
    files: dict[str, bytes | str] = {
        "train.csv": reviews(30),
        "validation.csv": reviews(6, start=28),
        "test.csv": reviews(6, start=32),
    }
    desk, seen = ready(files)
    texts = [
        {text for text, _ in rows(desk, seen["run"], split)}
        for split in ("train", "validation", "test")
    ]
    assert (
        not texts[0] & texts[1] and not texts[0] & texts[2] and not texts[1] & texts[2]
    )
    assert seen["warnings"][:2] == [
        "Left out of validation: 2 rows that the test file holds too.",
        "Left out of train: 2 rows that the validation or test file holds too.",
    ]


def test_the_same_drop_is_split_the_same_way_again() -> None:
    (one, first), (other, second) = (
        ready({"r.csv": reviews(60)}),
        ready({"r.csv": reviews(60)}),
    )
    assert first["run"] == second["run"]
    name = f"runs/{first['run']}/data/test/rows.jsonl"
    assert one.bucket.objects[name] == other.bucket.objects[name]
