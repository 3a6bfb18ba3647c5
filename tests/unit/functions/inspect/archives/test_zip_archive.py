from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.functions.inspect.archives.unpacked import (
    TABLE,
    contents_of,
    problem_of,
)
from tests.unit.functions.packed import with_compression, with_password, zipped


@pytest.mark.parametrize("name", ["a.zip", "A.ZIP"])
def test_a_zip_is_unpacked(name: str, tmp_path: Path) -> None:
    content = zipped(
        {"data/train.csv": TABLE, "__MACOSX/._train.csv": "x", "data/.DS_Store": "x"}
    )
    assert contents_of({name: content}, tmp_path) == {"data/train.csv": TABLE}


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
