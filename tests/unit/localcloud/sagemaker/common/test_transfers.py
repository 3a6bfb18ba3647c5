from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from localcloud.sagemaker.common import transfers


@pytest.mark.parametrize(
    ("prefix", "key", "path"),
    [
        ("data/train", "data/train/rows.jsonl", "rows.jsonl"),
        ("data/train/", "data/train/a/b.csv", "a/b.csv"),
        ("data/rows.csv", "data/rows.csv", "rows.csv"),
        ("data/tr", "data/train/rows.csv", "train/rows.csv"),
        ("", "rows.csv", "rows.csv"),
    ],
)
def test_the_layout_below_the_prefix_is_kept(prefix: str, key: str, path: str) -> None:
    assert transfers.relative_path(prefix, key) == path


def test_addresses_are_taken_apart_and_joined() -> None:
    assert transfers.parse_uri("s3://bucket/a/b c+ü") == ("bucket", "a/b c+ü")
    assert (
        transfers.join_uri("s3://bucket/models/", "job", "output")
        == "s3://bucket/models/job/output"
    )
    with pytest.raises(
        ValueError, match="expected an address like s3://bucket/key, found 'http://x'"
    ):
        transfers.parse_uri("http://x")


def test_a_key_cannot_leave_its_folder(tmp_path: Path) -> None:
    with pytest.raises(
        transfers.UnsafeKeyError, match=r"'\.\./x' would be written outside its channel"
    ):
        transfers._target_inside(tmp_path, "../x")


def test_paths_in_an_archive_are_relative_to_the_folder(tmp_path: Path) -> None:
    source, archive = tmp_path / "model", tmp_path / "model.tar.gz"
    (source / "code").mkdir(parents=True)
    (source / "config.json").write_text("{}")
    (source / "code/inference.py").write_text("x")
    assert transfers.pack(source, archive)
    with tarfile.open(archive) as content:
        assert sorted(content.getnames()) == [
            "code",
            "code/inference.py",
            "config.json",
        ]
    transfers.unpack(archive, tmp_path / "out")
    assert (tmp_path / "out/code/inference.py").read_text() == "x"


def test_an_empty_folder_gives_no_archive(tmp_path: Path) -> None:
    assert not transfers.pack(tmp_path / "none", tmp_path / "model.tar.gz")
    assert not (tmp_path / "model.tar.gz").exists()


def test_a_member_outside_the_folder_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "bad.tar.gz"
    with tarfile.open(archive, "w:gz") as content:
        content.addfile(tarfile.TarInfo("../escaped"), io.BytesIO())
    with pytest.raises(tarfile.OutsideDestinationError):
        transfers.unpack(archive, tmp_path / "out")
    assert not (tmp_path / "escaped").exists()
