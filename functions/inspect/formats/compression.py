"""Compressed files: a new kind of compression is one line here."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from contracts.problems import Problem
from functions.common.drop import PACKED_ENDINGS
from functions.inspect.common.unpacked_size import LINES
from functions.inspect.formats.base import UnreadableError, too_dense

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_UNPACK_BUFFER_BYTES = 2**17


@dataclass(frozen=True)
class Compression:
    """A way to compress one file, recognised by its ending and its first bytes."""

    ending: str
    name: str
    magic: bytes
    open: Callable[[BinaryIO], Any]
    """A compressed stream to one with `read(size)` of its content."""


def _gzip(stream: BinaryIO) -> Any:
    return gzip.GzipFile(fileobj=stream)


def _zstandard(stream: BinaryIO) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - large

    return pa.CompressedInputStream(pa.PythonFile(stream, "r"), "zstd")


COMPRESSIONS = (
    Compression(".gz", "gzip", b"\x1f\x8b", _gzip),
    Compression(".bz2", "bzip2", b"BZh", bz2.BZ2File),
    Compression(".xz", "xz", b"\xfd7zXZ\x00", lzma.LZMAFile),
    Compression(".zst", "Zstandard", b"\x28\xb5\x2f\xfd", _zstandard),
)
ENDINGS = tuple(compression.ending for compression in COMPRESSIONS)
assert ENDINGS == PACKED_ENDINGS


def compression_of(extension: str) -> Compression | None:
    """How a file of this extension is compressed: `csv.gz`, and also `gz` alone."""
    for compression in COMPRESSIONS:
        if f".{extension}".endswith(compression.ending):
            return compression
    return None


def without_compression(extension: str) -> str:
    """`csv` for `csv.gz`."""
    compression = compression_of(extension)
    return (
        extension
        if compression is None
        else f".{extension}".removesuffix(compression.ending)[1:]
    )


def unpacked(stream: BinaryIO, compression: Compression) -> BinaryIO:
    """The content; damage is raised as `UnreadableError` where it is met."""
    return cast(
        BinaryIO, io.BufferedReader(_Content(stream, compression), _UNPACK_BUFFER_BYTES)
    )


class _CountedStream:
    """A compressed stream that knows how much of it was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.size += len(data)
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Content(io.RawIOBase):
    def __init__(self, stream: BinaryIO, compression: Compression) -> None:
        self._name = compression.name
        self._packed = _CountedStream(stream)
        self._inner = compression.open(cast(BinaryIO, self._packed))
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        try:
            content = self._inner.read(len(view))
        except (ConnectionError, TimeoutError):
            raise
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
            raise self._damaged(str(error)) from error
        view[: len(content)] = content
        self._size += len(content)
        if self._size > LINES.of(self._packed.size):
            raise too_dense(f"a {self._name}", LINES, self._packed.size, self._size)
        return len(content)

    def _damaged(self, reason: str) -> UnreadableError:
        short = reason.partition("\n")[0].rstrip(". ")[:120]
        return UnreadableError(
            Problem(
                f"a complete {self._name} file",
                f"a damaged one ({short})",
                "Compress the file again and upload it whole.",
            )
        )
