"""`tar.gz` archives, as SageMaker packs and unpacks them."""

from __future__ import annotations

import tarfile
from pathlib import Path

# Weights hardly compress: 90 MB of float32 take 2.9 s at level 1 for 7 % less, 0.1 s at level 0. The disk is local.
_LEVEL = 0


def pack(folder: Path, target: Path) -> bool:
    """The contents of `folder`, with paths relative to it; False, and no archive, where there is nothing to pack."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    if not entries:
        return False
    with tarfile.open(target, "w:gz", compresslevel=_LEVEL) as archive:
        for entry in entries:
            archive.add(entry, entry.name)
    return True


def unpack(archive: Path, folder: Path) -> None:
    """Unpack, refusing members that would land outside `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")
