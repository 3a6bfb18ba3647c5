from __future__ import annotations

import pytest

from tests.unit.functions.drops import reviews
from tests.unit.functions.inspect.ready_drops import ready, rows


@pytest.mark.parametrize(
    "validation", ["validation.csv", "valid.csv", "val.csv", "dev.csv"]
)
def test_named_splits_stay_as_given(validation: str) -> None:
    train, valid, test = reviews(20), reviews(4, start=100), reviews(6, start=200)
    desk, seen = ready({"train.csv": train, validation: valid, "test.csv": test})
    for split, content in (("train", train), ("validation", valid), ("test", test)):
        expected = [tuple(line.split(",")) for line in content.splitlines()[1:]]
        assert rows(desk, seen["run"], split) == expected
    assert seen["data"]["rows"] == {"train": 20, "validation": 4, "test": 6}


def test_named_splits_may_differ_in_format() -> None:
    test = '{"text": "one", "label": "good"}\n{"label": "bad", "text": "two"}\n'
    desk, seen = ready({"train.tsv": reviews().replace(",", "\t"), "test.jsonl": test})
    assert rows(desk, seen["run"], "test") == [("one", "good"), ("two", "bad")]


@pytest.mark.parametrize(
    "files", [{"train.csv": reviews(50)}, {"TRAIN.csv": reviews(50)}]
)
def test_without_a_test_file_rows_are_held_out(files: dict[str, bytes | str]) -> None:
    _, seen = ready(files)
    assert seen["data"]["rows"] == {"train": 40, "test": 10}
