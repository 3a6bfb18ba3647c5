from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks import get_task
from tests.properties import scaled
from tests.unit.functions.drops import SETTINGS, Book, Desk, reviews

EXAMPLE = Path(__file__).parents[4] / "examples" / "text-classification" / "reviews.csv"


def ready(files: dict[str, bytes | str]) -> tuple[Desk, dict[str, Any]]:
    desk = Desk()
    seen = desk.inspect(files)
    assert seen["outcome"] == "ready", seen.get("problems")
    return desk, seen


def rows(desk: Desk, run: str, split: str) -> list[tuple[str, str]]:
    return [(row["text"], row["label"]) for row in desk.bucket.rows(run, split)]


def test_a_good_drop_becomes_ready_with_all_its_rows() -> None:
    desk, seen = ready({"reviews.csv": reviews(50)})
    given = {tuple(line.split(",")) for line in reviews(50).splitlines()[1:]}
    train, test = rows(desk, seen["run"], "train"), rows(desk, seen["run"], "test")
    assert {*train, *test} == given
    assert (len(train), len(test)) == (40, 10)
    assert seen["status"] == "inspecting"


def test_the_spec_is_what_the_training_job_is_promised() -> None:
    desk, seen = ready({"reviews.csv": reviews(50, header="review,sentiment")})
    run = seen["run"]
    spec = desk.bucket.document(run, "spec.json")
    assert spec.pop("hyperparameters") == get_task("text-classification").defaults
    assert spec == {
        "run": run,
        "model": "reviews",
        "task": "text-classification",
        "variant": "",
        "columns": {"text": "review", "label": "sentiment"},
        "labels": ["bad", "good"],
        "base_model": "some/model",
        "compute": {
            "instance_types": ["ml.g5.xlarge"],
            "instance_count": 1,
            "volume_gb": 50,
            "spot": True,
            "max_runtime_seconds": 86400,
            "max_queue_hours": 24,
        },
        "deployment": {
            "mode": "serverless",
            "memory_mb": 3072,
            "max_concurrency": 5,
            "instance_type": "ml.m5.xlarge",
            "instance_count": 1,
        },
        "serving": {},
        "gate": {"metric": "accuracy", "min_gain": 0.0},
        "data": {"rows": {"train": 40, "test": 10}, "left_out": {}, "prefix": f"runs/{run}/data/"},
        "files": [
            {
                "key": "datasets/reviews/reviews.csv",
                "size": len(reviews(50)) + len("review,sentiment") - len("text,label"),
                "etag": spec["files"][0]["etag"],
                "version_id": "v1",
            }
        ],
    }


def test_the_profile_counts_rows_classes_and_lengths() -> None:
    content = reviews(50) + "a film of kind 1,good\n"
    desk, seen = ready({"reviews.csv": content})
    profile = desk.bucket.document(seen["run"], "profile.json")
    assert profile["rows"] == seen["data"]["rows"]
    assert sum(profile["rows"].values()) == 51
    assert profile["classes"] == {"bad": 25, "good": 26}
    assert profile["text"]["words"] == {"min": 5, "median": 5, "p95": 5, "max": 5}
    assert profile["text"]["characters"] == {"min": 16, "median": 17, "p95": 17, "max": 17}
    assert (profile["duplicates"], profile["disputed_texts"], profile["left_out"]) == (1, 0, {})
    assert profile["files"] == [
        {
            "name": "reviews.csv",
            "split": "train",
            "bytes": len(content),
            "rows": 51,
            "encoding": "UTF-8",
        }
    ]


def test_the_run_says_why_it_reads_the_data_as_it_does() -> None:
    _, seen = ready({"reviews.csv": reviews(50, header="review;sentiment").replace(",", ";")})
    assert seen["data"]["reasons"] == [
        "Read as one file, all 50 rows of it.",
        "Text classification: column 'review' as text, 'sentiment' as label.",
        "reviews.csv: cells are separated by a semicolon.",
    ]


@pytest.mark.parametrize("validation", ["validation.csv", "valid.csv", "val.csv", "dev.csv"])
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


@pytest.mark.parametrize("files", [{"train.csv": reviews(50)}, {"TRAIN.csv": reviews(50)}])
def test_without_a_test_file_rows_are_held_out(files: dict[str, bytes | str]) -> None:
    _, seen = ready(files)
    assert seen["data"]["rows"] == {"train": 40, "test": 10}


def test_with_a_validation_file_only_test_rows_still_come_from_train() -> None:
    desk, seen = ready({"train.csv": reviews(50), "validation.csv": reviews(10, start=100)})
    assert seen["data"]["rows"] == {"train": 40, "validation": 10, "test": 10}
    assert not {*rows(desk, seen["run"], "test")} & {*rows(desk, seen["run"], "validation")}


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
    assert not texts[0] & texts[1] and not texts[0] & texts[2] and not texts[1] & texts[2]
    assert seen["warnings"][:2] == [
        "Left out of validation: 2 rows that the test file holds too.",
        "Left out of train: 2 rows that the validation or test file holds too.",
    ]


def test_repeated_and_contradictory_texts_are_kept_and_warned_of() -> None:
    desk, seen = ready({"r.csv": reviews(40) + "a film of kind 1,good\na film of kind 2,good\n"})
    assert seen["warnings"] == [
        "Repeated texts in 2 rows (5%): kept, equal ones always in one split, "
        "so that no text is both learned and tested.",
        "1 text has different labels in different rows (for example 'bad' in row 4, 'good' in row 43): "
        "trained on, never tested on.",
    ]
    assert "a film of kind 2" not in {text for text, _ in rows(desk, seen["run"], "test")}


def test_what_makes_a_model_poor_is_warned_of() -> None:
    odd = "so so,Good\nmeh,Good\n"
    long = "".join(f"{'very ' * 300} {i},good\n" for i in range(10))
    _, seen = ready({"r.csv": reviews(100) + odd + long})
    assert seen["warnings"] == [
        "Fewer than 10 rows for the labels 'Good': their predictions will be poor.",
        "The labels are unbalanced (60 for 'good', 2 for 'Good'): "
        "judge the model by its F1 score rather than by its accuracy.",
        "The labels 'good', 'Good' differ only in case or spaces; they are treated as different.",
        "Over 192 words in about 9% of the texts: only the first 256 tokens of a text are read.",
    ]


def test_numeric_labels_are_sorted_as_numbers() -> None:
    labels = [10, 2, 1, 0]
    _, seen = ready(
        {"r.csv": "text,label\n" + "".join(f"film {i},{labels[i % 4]}\n" for i in range(40))}
    )
    assert seen["data"]["labels"] == ["0", "1", "2", "10"]


def test_a_json_drop_with_numbers_as_labels() -> None:
    content = "[" + ",".join(f'{{"label": {i % 2}, "text": "film {i}"}}' for i in range(20)) + "]"
    _, seen = ready({"r.json": content})
    assert seen["data"]["labels"] == ["0", "1"]


def test_the_same_drop_is_split_the_same_way_again() -> None:
    (one, first), (other, second) = ready({"r.csv": reviews(60)}), ready({"r.csv": reviews(60)})
    assert first["run"] == second["run"]
    name = f"runs/{first['run']}/data/test/rows.jsonl"
    assert one.bucket.objects[name] == other.bucket.objects[name]


def test_the_record_of_a_run_with_a_thousand_labels_is_small() -> None:
    content = "text,label\n" + "".join(f"film {i},{'x' * 150}{i % 1000}\n" for i in range(4000))
    _, seen = ready({"r.csv": content})
    assert len(seen["data"]["labels"]) == 100
    assert seen["data"]["label_count"] == 1000
    assert len(str(seen)) < 40_000


@pytest.mark.parametrize(
    "name", ["Kino & Café/my reviews+1.csv", "日本語/データ.csv", "a b/50%.csv"]
)
def test_names_with_spaces_plus_and_unicode_work(name: str) -> None:
    desk = Desk()
    desk.bucket.drop(f"datasets/{name}", reviews())
    answer = desk.inspection.inspect(f"datasets/{name}", "execution-1")
    assert (answer["outcome"], answer["model"]) == ("ready", name.split("/", maxsplit=1)[0])


def test_a_model_does_not_see_the_files_of_another_that_begins_like_it() -> None:
    desk = Desk()
    desk.bucket.drop("datasets/reviews-2/a.csv", reviews())
    assert desk.inspect({"a.csv": reviews()})["outcome"] == "ready"


def test_a_drop_that_still_arrives_is_waited_for() -> None:
    desk = Desk()
    desk.bucket.drop("datasets/m/train.csv", reviews(), age=500)
    desk.bucket.drop("datasets/m/test.csv", reviews(), age=10)
    answer = desk.inspection.inspect("datasets/m/train.csv", "e")
    assert answer == {"outcome": "arriving", "model": "m", "wait_seconds": 21}
    assert not desk.book.runs


@pytest.mark.parametrize(
    "key", ["datasets/m/a.csv", "datasets/m/", "datasets/m/.DS_Store", "datasets/gone.csv"]
)
def test_an_upload_that_is_gone_or_no_data_is_ignored(key: str) -> None:
    assert Desk().inspection.inspect(key, "e") == {"outcome": "ignored"}


@pytest.mark.parametrize(("settle", "wait"), [(30, 10), (3, 3), (0, 1)])
def test_a_model_that_is_busy_is_asked_for_again(settle: int, wait: int) -> None:
    desk = Desk(Book("busy"), replace(SETTINGS, settle_seconds=settle))
    desk.bucket.drop("datasets/m/a.csv", reviews())
    answer = desk.inspection.inspect("datasets/m/a.csv", "e")
    assert answer == {
        "outcome": "busy",
        "run": next(iter(desk.book.runs)),
        "model": "m",
        "wait_seconds": wait,
    }


def test_a_drop_that_has_a_run_is_a_duplicate() -> None:
    desk = Desk(Book("duplicate"))
    desk.bucket.drop("datasets/m/a.csv", reviews())
    answer = desk.inspection.inspect("datasets/m/a.csv", "e")
    assert answer == {"outcome": "duplicate", "run": next(iter(desk.book.runs)), "model": "m"}
    assert list(desk.bucket.objects) == ["datasets/m/a.csv"]


def test_every_file_of_a_drop_gives_the_same_claim() -> None:
    desk = Desk()
    desk.inspect({"train.csv": reviews(), "test.csv": reviews(6, start=50)})
    desk.inspection.inspect("datasets/reviews/train.csv", "e")
    assert len(set(desk.book.drops)) == 1


def test_the_example_drop_is_ready() -> None:
    _, seen = ready({"reviews.csv": EXAMPLE.read_bytes()})
    assert seen["data"]["rows"] == {"train": 50, "test": 12}
    assert seen["data"]["labels"] == ["negative", "positive"]
    assert seen["warnings"] == []


EDITS = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.integers(0, 30),
        st.sampled_from(
            ['"', ",", ";", "\n", "\r", "\t", "\0", "\\", "{", "ä", "\ufeff", "a" * 3000, ""]
        ),
    ),
    max_size=4,
)


@settings(max_examples=scaled(150), deadline=None)
@given(EDITS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]))
def test_a_damaged_file_is_ready_or_refused_with_a_reason(
    edits: list[tuple[int, int, str]], encoding: str
) -> None:
    content = reviews(20)
    for place, removed, inserted in edits:
        content = content[:place] + inserted + content[place + removed :]
    seen = Desk().inspect({"r.csv": content.encode(encoding, "replace")})
    assert seen["outcome"] in {"ready", "rejected"}
    assert (seen["outcome"] == "rejected") == bool(seen.get("problem_count"))
    assert len(str(seen)) < 40_000
