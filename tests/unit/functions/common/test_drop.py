from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.common.drop import (
    DropFile,
    StoredObject,
    files_of,
    fingerprint_of,
    locate,
    seconds_until_quiet,
)
from tests.unit.functions.fakes import NOW


def stored(
    key: str, size: int = 1, etag: str = "e", version: str = "v", age: float = 0
) -> StoredObject:
    return StoredObject(key, size, etag, version, NOW - timedelta(seconds=age))


def file(name: str, age: float = 0) -> DropFile:
    return DropFile(name, stored(f"datasets/m/{name}", age=age))


@pytest.mark.parametrize(
    "model",
    ["reviews", "Kino & Café", "a+b", "日本語", "x" * 128, "50% off", "a:b?c#d"],
)
def test_the_folder_is_the_model_as_the_user_wrote_it(model: str) -> None:
    place = locate(f"datasets/{model}/some file+1.csv")
    assert place is not None
    assert (place.model, place.prefix, place.problem) == (
        model,
        f"datasets/{model}/",
        None,
    )


@pytest.mark.parametrize(
    "key",
    [
        "datasets/",
        "datasets/reviews/",
        "datasets/reviews/.DS_Store",
        "datasets/reviews/._reviews.csv",
        "datasets/reviews/Thumbs.db",
        "datasets/reviews/_SUCCESS",
        "datasets/reviews/__MACOSX/reviews.csv",
        "datasets/reviews/~$reviews.xlsx",
        "datasets/reviews/README.md",
        "datasets/.hidden/a.csv",
        "runs/a/data.csv",
    ],
)
def test_what_is_no_data_belongs_to_no_drop(key: str) -> None:
    assert locate(key) is None


def test_hidden_files_are_no_part_of_a_drop() -> None:
    place = locate("datasets/m/a.csv")
    assert place is not None
    keys = [
        "datasets/m/b.csv",
        "datasets/m/.DS_Store",
        "datasets/m/",
        "datasets/m/a.csv",
        "datasets/m/code/x.py",
    ]
    assert [f.name for f in files_of(place, map(stored, keys))] == [
        "a.csv",
        "b.csv",
        "code/x.py",
    ]


@pytest.mark.parametrize(
    ("name", "stem", "extension"),
    [
        ("a.csv", "a", "csv"),
        ("a.CSV.GZ", "a", "csv.gz"),
        ("my.data.v2.jsonl", "my.data.v2", "jsonl"),
        ("a", "a", ""),
        ("train.gz", "train", "gz"),
        ("ü b.tsv", "ü b", "tsv"),
    ],
)
def test_a_name_has_a_stem_and_an_extension(
    name: str, stem: str, extension: str
) -> None:
    assert (file(name).stem, file(name).extension) == (stem, extension)


def test_a_drop_is_quiet_when_its_newest_file_is_old_enough() -> None:
    assert seconds_until_quiet([file("a", 500), file("b", 31)], NOW, 30) == 0


@pytest.mark.parametrize(
    ("age", "wait"), [(0, 31), (10, 21), (30, 1), (31, 0), (-500, 31)]
)
def test_a_whole_second_is_added_where_the_time_of_an_upload_is_told_in_seconds(
    age: int, wait: int
) -> None:
    assert seconds_until_quiet([file("a", age)], NOW, 30) == wait


@pytest.mark.parametrize(("age", "wait"), [(0.5, 30), (10.5, 20), (29.5, 1), (30.5, 0)])
def test_the_wait_is_what_is_left_of_the_settling_time(age: float, wait: int) -> None:
    assert seconds_until_quiet([file("a", age)], NOW, 30) == wait


def test_no_settling_time_means_no_wait() -> None:
    assert seconds_until_quiet([file("a", 0)], NOW, 0) == 0


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
objects = st.lists(
    st.builds(stored, names, st.integers(0, 10**12), names, names),
    unique_by=lambda o: o.key,
    max_size=8,
)


def as_files(result: Sequence[StoredObject]) -> list[DropFile]:
    return [DropFile(o.key, o) for o in result]


@given(objects, st.randoms(use_true_random=False))
def test_the_order_of_a_listing_does_not_change_the_fingerprint(
    result: list[StoredObject], random: object
) -> None:
    shuffled = sorted(result, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert fingerprint_of("m", as_files(shuffled)) == fingerprint_of(
        "m", as_files(result)
    )


@given(objects, objects, names, names)
def test_different_drops_have_different_fingerprints(
    one: list[StoredObject], other: list[StoredObject], model: str, another: str
) -> None:
    def content(name: str, result: list[StoredObject]) -> object:
        return name, sorted((o.key, o.size, o.etag) for o in result)

    same = content(model, one) == content(another, other)
    prints = (
        fingerprint_of(model, as_files(one)).fingerprint,
        fingerprint_of(another, as_files(other)).fingerprint,
    )
    assert (prints[0] == prints[1]) == same


def test_the_same_bytes_uploaded_again_change_the_versions_only() -> None:
    before = fingerprint_of("m", [DropFile("a", stored("k", version="1"))])
    after = fingerprint_of("m", [DropFile("a", stored("k", version="2"))])
    assert before.fingerprint == after.fingerprint
    assert before.versions != after.versions
