from __future__ import annotations

import pytest

from tests.unit.functions.drops import Desk, reviews
from tests.unit.functions.inspect.ready_drops import ready, rows


def test_a_good_drop_becomes_ready_with_all_its_rows() -> None:
    desk, seen = ready({"reviews.csv": reviews(50)})
    given = {tuple(line.split(",")) for line in reviews(50).splitlines()[1:]}
    train, test = rows(desk, seen["run"], "train"), rows(desk, seen["run"], "test")
    assert {*train, *test} == given
    assert (len(train), len(test)) == (40, 10)
    assert seen["status"] == "inspecting"


def test_the_run_says_why_it_reads_the_data_as_it_does() -> None:
    _, seen = ready(
        {"reviews.csv": reviews(50, header="review;sentiment").replace(",", ";")}
    )
    assert seen["data"]["reasons"] == [
        "Read as one file, all 50 rows of it.",
        "Text classification: column 'review' as text, 'sentiment' as label.",
        "reviews.csv: cells are separated by a semicolon.",
    ]


@pytest.mark.parametrize(
    "name", ["Kino & Café/my reviews+1.csv", "日本語/データ.csv", "a b/50%.csv"]
)
def test_names_with_spaces_plus_and_unicode_work(name: str) -> None:
    desk = Desk()
    desk.bucket.drop(f"datasets/{name}", reviews())
    answer = desk.inspection.inspect(f"datasets/{name}", "execution-1")
    assert (answer["outcome"], answer["model"]) == (
        "ready",
        name.split("/", maxsplit=1)[0],
    )


def test_a_model_does_not_see_the_files_of_another_that_begins_like_it() -> None:
    desk = Desk()
    desk.bucket.drop("datasets/reviews-2/a.csv", reviews())
    assert desk.inspect({"a.csv": reviews()})["outcome"] == "ready"


def test_a_drop_that_still_arrives_is_waited_for() -> None:
    desk = Desk()
    desk.bucket.drop("datasets/m/train.csv", reviews(), age=500)
    desk.bucket.drop("datasets/m/test.csv", reviews(), age=10)
    answer = desk.inspection.inspect("datasets/m/test.csv", "e")
    assert answer == {"outcome": "arriving", "model": "m", "wait_seconds": 21}
    assert not desk.ledger.run_records


@pytest.mark.parametrize(
    "key",
    ["datasets/m/a.csv", "datasets/m/", "datasets/m/.DS_Store", "datasets/gone.csv"],
)
def test_an_upload_that_is_gone_or_no_data_is_ignored(key: str) -> None:
    assert Desk().inspection.inspect(key, "e") == {"outcome": "ignored"}


def test_a_model_that_is_busy_is_left_to_its_run() -> None:
    desk = Desk()
    desk.ledger.add("m-0123456789", "m")
    desk.bucket.drop("datasets/m/a.csv", reviews())
    answer = desk.inspection.inspect("datasets/m/a.csv", "e")
    assert answer == {
        "outcome": "busy",
        "run": "m-0123456789",
        "model": "m",
    }


def test_a_drop_that_has_a_run_is_a_duplicate() -> None:
    desk = Desk()
    desk.bucket.drop("datasets/m/a.csv", reviews())
    desk.inspection.inspect("datasets/m/a.csv", "e")
    written = list(desk.bucket.objects)
    answer = desk.inspection.inspect("datasets/m/a.csv", "another execution")
    assert answer == {
        "outcome": "duplicate",
        "run": next(iter(desk.ledger.run_records)),
        "model": "m",
    }
    assert list(desk.bucket.objects) == written


def test_every_file_of_a_drop_gives_the_same_claim() -> None:
    desk = Desk()
    desk.inspect({"train.csv": reviews(), "test.csv": reviews(6, start=50)})
    desk.inspection.inspect("datasets/reviews/train.csv", "e")
    assert len(set(desk.ledger.drops)) == 1
