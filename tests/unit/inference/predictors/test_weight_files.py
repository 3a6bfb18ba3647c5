from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inference.archive import load
from inference.predictors.weight_files import require_whole_weights
from inference.protocols.errors import ArchiveError

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 267832558\n"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (
            "model.safetensors",
            POINTER,
            "a pointer of Git LFS in place of the file. Fetch it: git lfs pull.",
        ),
        ("pytorch_model.bin", b"", "an empty file. Copy it again."),
        (
            "model.safetensors",
            b"\x10" + bytes(7) + b"{}",
            "10 of 24 bytes. Copy it again.",
        ),
    ],
    ids=["pointer", "empty", "header"],
)
def test_files_without_their_content_are_named(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ArchiveError) as caught:
        require_whole_weights(tmp_path)
    assert str(caught.value) == f"expected weights in {path}; found {problem}"


def test_a_model_whose_copy_broke_off_says_so(tiny_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    path = folder / "model.safetensors"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ArchiveError) as caught:
        load(folder)
    assert str(caught.value) == (
        f"expected weights in {path}; found {size - 100:,} of {size:,} bytes. Copy it again."
    )
