from __future__ import annotations

import json
from typing import Any

import pytest

from functions.arrive.events import event_of, read_batch
from tests.unit.functions.arrive.queue import message


def test_a_drop_is_named_once_with_its_newest_file() -> None:
    messages = [
        message("datasets/reviews/b.csv", 1, second=9),
        message("datasets/reviews/a.csv", 2, second=5),
        message("datasets/news/a.csv", 3, second=1),
    ]
    batch = read_batch(messages)
    newest = [(item.place.model, item.key) for item in batch.uploads.values()]
    assert newest == [
        ("reviews", "datasets/reviews/b.csv"),
        ("news", "datasets/news/a.csv"),
    ]
    reviews = batch.uploads["datasets/reviews/"]
    assert (reviews.time, reviews.messages) == ("2026-05-01T12:00:09Z", ("m1", "m2"))


@pytest.mark.parametrize(
    "key",
    ["datasets/reviews/", "datasets/reviews/.DS_Store", "datasets/reviews/README.md"],
)
def test_what_is_no_data_is_no_drop(key: str) -> None:
    batch = read_batch([message(key)])
    assert not batch.uploads
    assert not batch.unreadable


@pytest.mark.parametrize(
    "key", ["datasets/Größe a+b/x.csv", "datasets/日本/データ.csv"]
)
def test_names_are_as_the_user_wrote_them(key: str) -> None:
    (uploads,) = read_batch([message(key)]).uploads.values()
    assert uploads.key == key


def test_a_file_outside_a_folder_is_a_drop_of_its_own() -> None:
    messages = [
        message("datasets/reviews.csv", 1),
        message("datasets/reviews/a.csv", 2),
    ]
    batch = read_batch(messages)
    assert list(batch.uploads) == ["datasets/reviews.csv", "datasets/reviews/"]


@pytest.mark.parametrize(
    "body", ["", "no JSON", "[]", "1", "null", "{}", json.dumps({"detail": {}}), '"x"']
)
def test_a_message_that_is_no_event_spoils_no_other(body: str) -> None:
    broken: dict[str, Any] = {"messageId": "broken", "body": body}
    batch = read_batch([broken, message("datasets/reviews/a.csv")])
    assert batch.unreadable == ["broken"]
    assert list(batch.uploads) == ["datasets/reviews/"]


def test_an_execution_gets_the_event_as_the_state_machine_reads_it() -> None:
    assert event_of("data", "datasets/m/a.csv") == {
        "detail": {"bucket": {"name": "data"}, "object": {"key": "datasets/m/a.csv"}}
    }
