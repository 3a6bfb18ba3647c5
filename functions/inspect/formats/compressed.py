"""Gzip around any format."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any, BinaryIO, cast

from contracts.problems import Problem
from functions.inspect.formats.base import UnreadableError
from functions.inspect.formats.contents import GZIP_MAGIC, buffered, kind_of, peek


class _Unpacked(io.RawIOBase):
    def __init__(self, stream: BinaryIO) -> None:
        self._inner = gzip.GzipFile(fileobj=stream)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return self._inner.readinto(buffer)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            remedy = "Compress the file again and upload it whole."
            raise UnreadableError(Problem("a complete gzip file", f"a damaged one ({error})", remedy)) from error


def unpacked(stream: BinaryIO) -> BinaryIO:
    """The content of a gzip stream; damage is raised as `UnreadableError` where it is met."""
    head = peek(stream := buffered(stream))
    if head and not head.startswith(GZIP_MAGIC):
        found = kind_of(head) or "something else"
        raise UnreadableError(Problem("a gzip file", found, "Remove .gz from the name, or compress the file."))
    return cast(BinaryIO, io.BufferedReader(_Unpacked(stream), 2**17))
