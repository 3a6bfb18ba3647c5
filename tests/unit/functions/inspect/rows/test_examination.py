from __future__ import annotations

from tests.unit.functions.drops import reviews
from tests.unit.functions.inspect.ready_drops import ready


def test_the_profile_counts_rows_classes_and_lengths() -> None:
    content = reviews(50) + "a film of kind 1,good\n"
    desk, seen = ready({"reviews.csv": content})
    profile = desk.bucket.document(seen["run"], "profile.json")
    assert profile["rows"] == seen["data"]["rows"]
    assert sum(profile["rows"].values()) == 51
    assert profile["classes"] == {"bad": 25, "good": 26}
    assert profile["text"]["words"] == {"min": 5, "median": 5, "p95": 5, "max": 5}
    assert profile["text"]["characters"] == {
        "min": 16,
        "median": 17,
        "p95": 17,
        "max": 17,
    }
    assert (profile["duplicates"], profile["disputed_texts"], profile["left_out"]) == (
        1,
        0,
        {},
    )
    assert profile["files"] == [
        {
            "name": "reviews.csv",
            "split": "train",
            "bytes": len(content),
            "rows": 51,
            "encoding": "UTF-8",
        }
    ]


def test_numeric_labels_are_sorted_as_numbers() -> None:
    labels = [10, 2, 1, 0]
    _, seen = ready(
        {
            "r.csv": "text,label\n"
            + "".join(f"film {i},{labels[i % 4]}\n" for i in range(40))
        }
    )
    assert seen["data"]["labels"] == ["0", "1", "2", "10"]


def test_a_json_drop_with_numbers_as_labels() -> None:
    content = (
        "["
        + ",".join(f'{{"label": {i % 2}, "text": "film {i}"}}' for i in range(20))
        + "]"
    )
    _, seen = ready({"r.json": content})
    assert seen["data"]["labels"] == ["0", "1"]


def test_the_record_of_a_run_with_a_thousand_labels_is_small() -> None:
    content = "text,label\n" + "".join(
        f"film {i},{'x' * 150}{i % 1000}\n" for i in range(4000)
    )
    _, seen = ready({"r.csv": content})
    assert len(seen["data"]["labels"]) == 100
    assert seen["data"]["label_count"] == 1000
    assert len(str(seen)) < 40_000
