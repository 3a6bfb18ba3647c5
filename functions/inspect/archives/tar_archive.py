"""Tar archives, plain or compressed, read as a stream from front to back."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, cast

from functions.common.tar_members import members
from functions.inspect.archives.base import Entry, damaged
from functions.inspect.formats.compression import COMPRESSIONS, unpacked
from functions.inspect.formats.contents import buffered, peek

_READ_BYTES = 2**20
MAX_MEMBERS = 1_000_000
"""Folders and hidden files included, which are no files of the drop."""


def entries(stream: BinaryIO) -> Iterator[Entry]:
    """The files in order. Raises `UnreadableError`."""
    content = _without_compression(stream)
    try:
        for archive, member in members(content, MAX_MEMBERS):
            if not member.isdir():
                yield Entry(
                    member.name,
                    member.size,
                    partial(_open, archive, member),
                    _fault(member),
                )
        while content.read(_READ_BYTES):
            """To the checksum at the end of the compressed file."""
    except (tarfile.TarError, EOFError) as error:
        raise damaged("tar", error) from error


def _without_compression(stream: BinaryIO) -> BinaryIO:
    stream = buffered(stream)
    head = peek(stream)
    for compression in COMPRESSIONS:
        if head.startswith(compression.magic):
            return unpacked(stream, compression)
    return stream


def _open(archive: tarfile.TarFile, member: tarfile.TarInfo) -> BinaryIO:
    return cast(BinaryIO, archive.extractfile(member))


def _fault(member: tarfile.TarInfo) -> str:
    if member.issym() or member.islnk():
        return "a link"
    return "" if member.isfile() else "no file"
