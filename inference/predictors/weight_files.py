"""Whether files of weights are whole: of a broken copy, or of Git without LFS, libraries do not say what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from ..protocols.errors import ArchiveError

LFS_POINTER = b"version https://git-lfs"
LENGTH_BYTES = 8
"""A file of safetensors begins with the length of its header, a little-endian number; the header is JSON."""
MAX_HEADER_BYTES = 100_000_000
"""What the library safetensors reads at most."""


def weight_files(model_dir: Path) -> Iterator[Path]:
    """The files of weights that transformers loads."""
    for pattern in ("*.safetensors", "*.bin"):
        yield from sorted(model_dir.glob(pattern))


def require_whole_weights(model_dir: Path) -> None:
    """Raises `ArchiveError` for a file of weights without its content."""
    for path in weight_files(model_dir):
        if problem := _problem(path):
            raise ArchiveError(f"expected weights in {path}; found {problem}.")


def _problem(path: Path) -> str | None:
    """What is wrong with the file and what to do, or None."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(len(LFS_POINTER))
    if start == LFS_POINTER:
        return "a pointer of Git LFS in place of the file. Fetch it: git lfs pull"
    if size == 0:
        return "an empty file. Copy it again"
    expected = _expected_bytes(path) if path.suffix == ".safetensors" else 0
    if size < expected:
        return f"{size:,} of {expected:,} bytes. Copy it again"
    return None


def _expected_bytes(path: Path) -> int:
    """How long a file of safetensors is by its own header; as far as is known where that is cut or unreadable."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
        if length > MAX_HEADER_BYTES:
            return 0
        text = file.read(length)
    if len(text) < length:
        return LENGTH_BYTES + length
    try:
        header = cast("Mapping[str, Mapping[str, list[int]]]", json.loads(text))
    except ValueError:
        return 0
    ends = [0]
    for name, tensor in header.items():
        if name != "__metadata__":
            ends.append(tensor["data_offsets"][1])
    return LENGTH_BYTES + length + max(ends)
