from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from localcloud.sagemaker import archives


def test_paths_in_an_archive_are_relative_to_the_folder(tmp_path: Path) -> None:
    source, archive = tmp_path / "model", tmp_path / "model.tar.gz"
    (source / "code").mkdir(parents=True)
    (source / "config.json").write_text("{}")
    (source / "code/inference.py").write_text("x")
    assert archives.pack(source, archive)
    with tarfile.open(archive) as content:
        assert sorted(content.getnames()) == ["code", "code/inference.py", "config.json"]
    archives.unpack(archive, tmp_path / "out")
    assert (tmp_path / "out/code/inference.py").read_text() == "x"


def test_an_empty_folder_gives_no_archive(tmp_path: Path) -> None:
    assert not archives.pack(tmp_path / "none", tmp_path / "model.tar.gz")
    assert not (tmp_path / "model.tar.gz").exists()


def test_a_member_outside_the_folder_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "bad.tar.gz"
    with tarfile.open(archive, "w:gz") as content:
        content.addfile(tarfile.TarInfo("../escaped"), io.BytesIO())
    with pytest.raises(tarfile.OutsideDestinationError):
        archives.unpack(archive, tmp_path / "out")
    assert not (tmp_path / "escaped").exists()
