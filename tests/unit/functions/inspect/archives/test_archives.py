from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import pytest

from contracts.problems import Problem
from functions.common.drop import DropFile
from functions.inspect import archives
from functions.inspect.archives import UnpackedFiles, unpack
from tests.unit.functions.inspect.drop_files import drop_file
from tests.unit.functions.packed import tarred, with_compression, with_password, zipped

TABLE = "text,label\nso fine,good\n"


def result_of(contents: dict[str, bytes], folder: Path) -> UnpackedFiles | Problem:
    def open_file(file: DropFile) -> BinaryIO:
        return io.BytesIO(contents[file.name])

    files = [drop_file(name, len(content)) for name, content in contents.items()]
    return unpack(files, open_file, folder)


def contents_of(contents: dict[str, bytes], folder: Path) -> dict[str, str]:
    """Name -> text of the files that were in archives."""
    result = result_of(contents, folder)
    assert isinstance(result, UnpackedFiles), result
    return {
        file.name: result.paths[file.stored.key].read_text()
        for file in result.data
        if file.stored.key in result.paths
    }


def problem_of(content: bytes, folder: Path, name: str = "a.zip") -> Problem:
    result = result_of({name: content}, folder)
    assert isinstance(result, Problem), result
    assert result.file == name
    return result


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP"])
def test_a_zip_is_unpacked(name: str, tmp_path: Path) -> None:
    content = zipped(
        {"data/train.csv": TABLE, "__MACOSX/._train.csv": "x", "data/.DS_Store": "x"}
    )
    assert contents_of({name: content}, tmp_path) == {"data/train.csv": TABLE}


@pytest.mark.parametrize(
    ("name", "compression"),
    [
        ("a.tar", ""),
        ("a.tgz", "gz"),
        ("a.tar.gz", "gz"),
        ("a.tar.bz2", "bz2"),
        ("a.tar.xz", "xz"),
    ],
)
def test_a_tar_is_unpacked(name: str, compression: str, tmp_path: Path) -> None:
    content = tarred({"./pos/1.txt": "so fine", "./neg/1.txt": "so bad"}, compression)
    assert contents_of({name: content}, tmp_path) == {
        "pos/1.txt": "so fine",
        "neg/1.txt": "so bad",
    }


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


@pytest.mark.parametrize(
    ("content", "actual"),
    [
        (zipped({"../a.csv": TABLE}), "'../a.csv'"),
        (
            with_compression(zipped({"a.csv": TABLE}), 9),
            "a file of the compression 9, which cannot be read, 'a.csv'",
        ),
        (zipped({"/etc/a.csv": TABLE}), "'/etc/a.csv'"),
        (zipped({"..\\a.csv": TABLE}), "'../a.csv'"),
        (zipped({"C:\\a.csv": TABLE}), "'C:/a.csv'"),
        (zipped({"a.csv": "/etc/passwd"}, link="a.csv"), "a link, 'a.csv'"),
        (with_password(zipped({"a.csv": TABLE})), "a file with a password, 'a.csv'"),
        (zipped({"b.zip": zipped({"a.csv": TABLE})}), "another archive in it, 'b.zip'"),
        (zipped({"traindrop.yaml": "task: fill-mask"}), "'traindrop.yaml' in it"),
        (zipped({"code/inference.py": ""}), "'code/inference.py' in it"),
        (zipped({}), "an empty one"),
        (zipped({"a.csv": TABLE})[:-30], "a damaged one (File is not a zip file)"),
        (b"no archive", "a damaged one (File is not a zip file)"),
    ],
)
def test_what_no_archive_of_data_holds_is_refused(
    content: bytes, actual: str, tmp_path: Path
) -> None:
    assert problem_of(content, tmp_path).found == actual


def test_a_link_in_a_tar_is_refused(tmp_path: Path) -> None:
    problem = problem_of(tarred({"a.csv": TABLE}, link="b.csv"), tmp_path, "a.tgz")
    assert problem.found == "a link, 'b.csv'"


@pytest.mark.parametrize("cut", [20, 60])
def test_a_tar_that_is_cut_off_is_refused(cut: int, tmp_path: Path) -> None:
    content = tarred({"a.csv": TABLE * 100})
    assert "a damaged one" in problem_of(content[:-cut], tmp_path, "a.tgz").found


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
    monkeypatch.setattr(archives, "_RATIO_BYTES", 1000)
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
