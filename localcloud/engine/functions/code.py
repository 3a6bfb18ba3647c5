"""Function code and layers unpacked on disk, once for each content: workers share files and compiled modules."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
import time
import zipfile
from pathlib import Path

_KEEP_SECONDS = 7 * 86_400


class CodeStore:
    """Directories named by the digest of the archive they hold; those unused for a week are removed at a start."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for entry in root.iterdir():
            if entry.stat().st_mtime < time.time() - _KEEP_SECONDS:
                shutil.rmtree(entry, ignore_errors=True)

    def directory(self, archive: bytes) -> Path:
        """Where `archive` lies unpacked. Raises `zipfile.BadZipFile` where it is no archive."""
        target = self._root / hashlib.sha256(archive).hexdigest()[:32]
        if target.is_dir():
            os.utime(target)
            return target
        fresh = Path(tempfile.mkdtemp(dir=self._root))
        _unpack(archive, fresh)
        try:
            fresh.rename(target)
        except OSError:
            shutil.rmtree(fresh)  # another thread was faster
        return target


def _unpack(archive: bytes, target: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as bundle:
        bundle.extractall(target)
        for entry in bundle.infolist():
            mode = entry.external_attr >> 16 & 0o777
            if mode & 0o111:
                (target / entry.filename).chmod(mode | 0o600)
