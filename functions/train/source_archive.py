"""`sourcedir.tar.gz`: what a training job runs, the same bytes for the same sources."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from contracts import locations

PACKAGES = ("training", "inference", "tasks", "contracts")
ROOT_FILES = ("train.py", "requirements.txt", "constraints.txt")
_LEFT_OUT = frozenset({"__pycache__", "tests"})


class SourceMissingError(RuntimeError):
    """The function's package lacks the training source."""


@dataclass(frozen=True)
class SourceArchive:
    """`digest` is of the names and contents, so it does not change with the compressor."""

    digest: str
    data: bytes

    @property
    def key(self) -> str:
        return locations.source_key(self.digest)


@cache
def source_archive(root: Path) -> SourceArchive:
    """Packs the root files and the packages beside `functions/`."""
    files = dict(sorted(_files(root)))
    digest = hashlib.sha256()
    for name, data in files.items():
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return SourceArchive(digest.hexdigest()[:32], _pack(files))


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    for name in ROOT_FILES:
        yield name, _read(root / "training" / name)
    for package in PACKAGES:
        for path in (root / package).rglob("*"):
            relative = path.relative_to(root)
            if (
                path.is_file()
                and not _LEFT_OUT & set(relative.parts)
                and path.suffix != ".pyc"
            ):
                yield relative.as_posix(), path.read_bytes()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SourceMissingError(
            f"expected {path.parent.name}/{path.name} in the function's package; found none. Build and deploy again."
        ) from None


def _pack(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as compressed,
        tarfile.open(
            fileobj=compressed, mode="w", format=tarfile.PAX_FORMAT
        ) as archive,
    ):
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()
