from __future__ import annotations

from pathlib import Path

import pytest

from functions.inspect import archives
from functions.inspect.archives import UnpackedFiles
from functions.inspect.common.unpacked_size import UnpackedLimit
from tests.unit.functions.inspect.archives.unpacked import (
    TABLE,
    contents_of,
    problem_of,
    result_of,
)
from tests.unit.functions.packed import tarred, zipped


def test_files_lie_under_numbers_and_an_archive_s_copy_is_gone(tmp_path: Path) -> None:
    contents_of({"a.zip": zipped({"x/y/train.csv": TABLE})}, tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["0"]


def test_it_is_recorded_what_was_unpacked(tmp_path: Path) -> None:
    result = result_of(
        {"a.zip": zipped({"1.csv": "x", "2.csv": "x"}), "b.csv": b"x"}, tmp_path
    )
    assert isinstance(result, UnpackedFiles)
    assert result.notes == ("Unpacked a.zip: 2 files.",)
    assert [file.name for file in result.data] == ["b.csv", "1.csv", "2.csv"]


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        (
            ("train.csv.zip", "x.csv"),
            ("test.csv.zip", "y.csv"),
            ["train.csv", "test.csv"],
        ),
        (
            ("train.zip", "data.csv"),
            ("test.zip", "data.csv"),
            ["train.csv", "test.csv"],
        ),
        (("a.zip", "train.csv"), ("b.zip", "test.csv"), ["train.csv", "test.csv"]),
    ],
)
def test_several_archives_are_named_by_their_splits(
    first: tuple[str, str], second: tuple[str, str], names: list[str], tmp_path: Path
) -> None:
    contents = {archive: zipped({name: TABLE}) for archive, name in (first, second)}
    assert [*contents_of(contents, tmp_path)] == names


def test_an_archive_of_several_files_is_a_folder_of_its_split(tmp_path: Path) -> None:
    contents = {
        "train.zip": zipped({"train/a.csv": TABLE, "train/b.csv": TABLE}),
        "test.zip": zipped({"a.csv": TABLE}),
    }
    assert [*contents_of(contents, tmp_path)] == [
        "train/a.csv",
        "train/b.csv",
        "test.csv",
    ]


@pytest.mark.parametrize(
    "name", ["model.zip", "model.tar", "model.tar.gz", "bert.zip", "bert.tgz"]
)
def test_an_archive_of_a_model_stays_as_it_is(name: str, tmp_path: Path) -> None:
    files = {"code/inference.py": "", "config.json": "{}", "model.safetensors": "x"}
    content = zipped(files) if name.endswith("zip") else tarred(files)
    result = result_of({name: content}, tmp_path)
    assert isinstance(result, UnpackedFiles)
    assert ([file.name for file in result.data], result.paths) == ([name], {})


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    content = tarred({"a.csv": TABLE, "./a.csv": TABLE}, "")
    assert problem_of(content, tmp_path, "a.tar").found == "two called 'a.csv'"


def test_more_than_fits_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_BYTES", 100)
    content = zipped({"a.csv": "x" * 60, "b.csv": "x" * 60})
    assert problem_of(content, tmp_path).found == "one that unpacks to more"


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "BINARY", UnpackedLimit(1000, 200))
    assert (
        problem_of(zipped({"a.csv": "x" * 10**6}), tmp_path).found
        == "one that unpacks to more"
    )


def test_too_many_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_ENTRIES", 2)
    content = zipped({f"{index}.txt": "x" for index in range(3)})
    assert problem_of(content, tmp_path).expected == "at most 2 files in an archive"
