"""Addresses for the files of a drop: for so many bytes of one key in the model's folder."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from functions.adapters.links import LINK_SECONDS
from functions.api.upload_calls import MAX_BYTES, MAX_FILES
from tests.unit.functions.api.client import Client

UPLOADS = "/models/{model}/uploads"


def files(*names: str, size: Any = 10) -> dict[str, Any]:
    return {"files": [{"name": name, "bytes": size} for name in names]}


def test_a_new_model_gets_an_address_a_file(call: Client) -> None:
    body = files("train/a b.csv", "traindrop.yaml")
    status, answer, _ = call("POST", UPLOADS, body, model="größe")
    assert (status, answer["model"], answer["present"]) == (201, "größe", [])
    assert [item["name"] for item in answer["uploads"]] == [
        "train/a b.csv",
        "traindrop.yaml",
    ]
    upload = answer["uploads"][0]
    assert (upload["method"], upload["seconds"]) == ("PUT", LINK_SECONDS)
    address = urlsplit(upload["url"])
    assert unquote(address.path).endswith("/datasets/größe/train/a b.csv")
    assert parse_qs(address.query)["X-Amz-SignedHeaders"] == ["content-length;host"]


def test_files_that_lie_there_are_named_and_stay(call: Client) -> None:
    for name in ("old.csv", "new.csv", ".hidden"):
        call.storage.drop(f"datasets/reviews/{name}", b"x")
    call.storage.drop("datasets/reviews-2/other.csv", b"x")
    _, answer, _ = call("POST", UPLOADS, files("new.csv"), model="reviews")
    assert answer["present"] == ["old.csv"]
    assert "datasets/reviews/old.csv" in call.storage.objects


def test_what_is_to_go_goes_before(call: Client) -> None:
    for key in ("reviews/old.csv", "reviews/kept.csv", "other/old.csv"):
        call.storage.drop(f"datasets/{key}", b"x")
    body = files("new.csv") | {"remove": ["old.csv", "../other/old.csv", "none.csv"]}
    _, answer, _ = call("POST", UPLOADS, body, model="reviews")
    assert answer["present"] == ["kept.csv"]
    assert [key for key in call.storage.objects if key.startswith("datasets/")] == [
        "datasets/reviews/kept.csv",
        "datasets/other/old.csv",
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ([], "body: expected an object"),
        ({}, "files: expected a list of 1 to 100 files; found None"),
        ({"files": []}, "files: expected a list of 1 to 100 files"),
        (files(*map(str, range(MAX_FILES + 1))), "a list of 1 to 100 files"),
        ({"files": ["a.csv"]}, "files: expected objects with name and bytes"),
        ({"files": [{"name": "a.csv"}]}, "expected objects with name and bytes"),
        (files("../b/a.csv"), "files whose names can lie in a folder"),
        (files("/a.csv"), "files whose names can lie in a folder"),
        (files("a\nb.csv"), "files whose names can lie in a folder"),
        (files(".env"), "hidden files, folders and read-mes are ignored"),
        (files("folder/"), "files whose names can lie in a folder"),
        (files(""), "expected a name"),
        (files("a.csv", size=0), "from 1 to 5,000,000,000 bytes"),
        (files("a.csv", size=MAX_BYTES + 1), "upload a larger file with traindrop"),
        (files("a.csv", size=True), "from 1 to 5,000,000,000 bytes"),
        (files("a.csv", size="10"), "from 1 to 5,000,000,000 bytes"),
        (files("a.csv") | {"remove": "a.csv"}, "remove: expected a list of names"),
        (files("a.csv") | {"remove": [1]}, "remove: expected a list of names"),
        (files("a.csv") | {"replace": True}, "only the fields files, remove"),
    ],
)
def test_what_is_wrong_is_named(call: Client, body: Any, words: str) -> None:
    status, error, _ = call.error("POST", UPLOADS, body, model="reviews")
    assert (status, error["code"]) == (422, "invalid_request")
    assert words in error["message"]
    assert "Send, for example" in error["message"]


@pytest.mark.parametrize("model", ["a/b", "..", "a\nb", "x" * 129])
def test_a_name_that_is_no_folders_is_refused(call: Client, model: str) -> None:
    call.storage.drop("datasets/a/b/old.csv", b"x")
    body = files("a.csv") | {"remove": ["b/old.csv", "old.csv"]}
    status, _, _ = call("POST", UPLOADS, body, model=model)
    assert status in {404, 422}
    assert call.storage.objects
