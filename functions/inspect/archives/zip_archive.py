"""ZIP archives, read from a copy on disk, because their table of contents is at the end."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from functions.inspect.archives.base import Entry, damaged

_COPY_BYTES = 2**20
_ENCRYPTED = 1
_COMPRESSIONS = (
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA,
)


def entries(stream: BinaryIO, copy: Path) -> Iterator[Entry]:
    """The files in order; `copy` is where the archive is kept meanwhile. Raises `UnreadableError`."""
    try:
        with copy.open("wb") as target:
            shutil.copyfileobj(stream, target, _COPY_BYTES)
        with zipfile.ZipFile(copy) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    yield Entry(
                        info.filename,
                        info.file_size,
                        partial(_open, archive, info),
                        _fault(info),
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        # zipfile calls so what a header asks for and ZIP does not have, such as patched data.
        raise damaged("ZIP", error) from error
    finally:
        copy.unlink(missing_ok=True)


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return cast(BinaryIO, archive.open(info))


def _fault(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "a file with a password"
    if info.compress_type not in _COMPRESSIONS:
        return f"a file of the compression {info.compress_type}, which cannot be read"
    mode = info.external_attr >> 16
    return "a link" if stat.S_ISLNK(mode) else ""
