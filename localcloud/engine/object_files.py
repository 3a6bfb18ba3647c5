"""Bodies of S3 objects as files: received, hashed, copied and sent in pieces, never held in memory."""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import shutil
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

CHUNK_BYTES = 2**20
MIN_FILE_BYTES = 2**20
"""A smaller body stays in memory while its request is answered."""
_HASHES = {"SHA256": hashlib.sha256, "SHA1": hashlib.sha1}
Send = Callable[[dict[str, Any]], Awaitable[None]]


class OpenFile:
    """An open file, closed when nothing refers to it any more. A temporary one then loses its name too."""

    def __init__(self, path: Path, *, is_temporary: bool = False) -> None:
        self.path, self._is_temporary = path, is_temporary
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL if is_temporary else os.O_RDONLY
        self._descriptor = os.open(path, flags, 0o600)

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            os.close(self._descriptor)
            if self._is_temporary:
                self.path.unlink(missing_ok=True)

    @property
    def size(self) -> int:
        return os.fstat(self._descriptor).st_size

    def read(self, size: int, position: int) -> bytes:
        return os.pread(self._descriptor, size, position)

    def append(self, data: bytes) -> int:
        """Writes all of it. Raises `OSError` where the disk is full."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        return len(data)

    def reader(self) -> BinaryIO:
        """For reading from the start on; to be used while this object lives."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        return os.fdopen(self._descriptor, "rb", closefd=False)

    def has_name(self) -> bool:
        """Whether the path still names this file, and not another one."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except FileNotFoundError:
            return False


class FileBody:
    """`size` bytes of an open file from `offset` on. Slices are bodies too, and decoding gives nothing: it is no form.

    Files of objects are replaced and never changed, so an open one keeps its content whatever becomes of its path.
    """

    def __init__(
        self, file: OpenFile, offset: int = 0, size: int | None = None, md5: str = ""
    ) -> None:
        self._file, self._offset, self._md5 = file, offset, md5
        self._size = file.size if size is None else size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, section: slice) -> FileBody:
        start, stop, _ = section.indices(self._size)
        return FileBody(self._file, self._offset + start, max(0, stop - start))

    def __bytes__(self) -> bytes:
        return b"".join(self.pieces())

    def __deepcopy__(self, _: Any) -> FileBody:
        return self

    def decode(self, *_: Any, **__: Any) -> str:
        return ""

    def pieces(self) -> Iterator[bytes]:
        """Raises `OSError` where the file has become shorter."""
        position, end = self._offset, self._offset + self._size
        while position < end:
            piece = self._file.read(min(CHUNK_BYTES, end - position), position)
            if not piece:
                raise OSError("expected more of the file of an object; found its end")
            position += len(piece)
            yield piece

    @property
    def md5(self) -> str:
        """In hexadecimal digits."""
        if not self._md5:
            digest = hashlib.md5(usedforsecurity=False)
            for piece in self.pieces():
                digest.update(piece)
            self._md5 = digest.hexdigest()
        return self._md5

    def checksum(self, algorithm: str) -> str | None:
        """In base64, as S3 writes it; None for an algorithm that is not computed from pieces here."""
        if algorithm in _HASHES:
            digest = _HASHES[algorithm]()
            for piece in self.pieces():
                digest.update(piece)
            return base64.b64encode(digest.digest()).decode()
        if algorithm == "CRC32":
            crc = 0
            for piece in self.pieces():
                crc = zlib.crc32(piece, crc)
            return base64.b64encode(struct.pack(">I", crc)).decode()
        return None

    def save(self, path: str) -> None:
        """Puts the content in the place of `path`; as a second name of the same file where that is possible."""
        new_path = Path(f"{path}.tmp")
        new_path.unlink(missing_ok=True)
        if not self._link(new_path):
            with new_path.open("wb") as target:
                for piece in self.pieces():
                    target.write(piece)
        new_path.replace(path)

    def _link(self, path: Path) -> bool:
        is_whole = self._offset == 0 and self._size == self._file.size
        if not is_whole or not self._file.has_name():
            return False
        try:
            path.hardlink_to(self._file.path)
        except OSError:
            return False  # another file system, or one without links
        return True

    async def send(self, send: Send, _: Any) -> None:
        """Sends the content as the body of an ASGI response."""
        for piece in self.pieces():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class Spool:
    """A folder for bodies that are on their way. What an earlier engine left in it is removed."""

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        self._folder, self._numbers = folder, itertools.count()

    def new_file(self) -> OpenFile:
        return OpenFile(self._folder / str(next(self._numbers)), is_temporary=True)

    def write(self, pieces: Iterator[bytes]) -> FileBody:
        """Raises `OSError` where the disk is full."""
        file, digest = self.new_file(), hashlib.md5(usedforsecurity=False)
        for piece in pieces:
            file.append(piece)
            digest.update(piece)
        return FileBody(file, md5=digest.hexdigest())

    def join(self, bodies: Sequence[bytes | FileBody]) -> bytes | FileBody:
        """The bodies one after another; in memory where all of them are."""
        if len(bodies) == 1:
            return bodies[0]
        if sum(len(body) for body in bodies) < MIN_FILE_BYTES:
            return b"".join(bytes(body) for body in bodies)
        file = self.new_file()
        for body in bodies:
            for piece in [body] if isinstance(body, bytes) else body.pieces():
                file.append(piece)
        return FileBody(file)


class FrameError(ValueError):
    """A body in frames of aws-chunked is cut short or malformed."""


def decoded_frames(file: BinaryIO) -> Iterator[bytes]:
    """The content of a body in frames of aws-chunked. The file then stands at the trailing headers.

    Source: Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks (AWS).
    Raises `FrameError`.
    """
    while True:
        line = file.readline(CHUNK_BYTES)
        size_text = line.split(b";")[0].strip()
        if not line.endswith(b"\r\n") or not _is_hexadecimal(size_text):
            raise FrameError("Truncated aws-chunked frame header")
        remaining = int(size_text, 16)
        if not remaining:
            return
        while remaining:
            piece = file.read(min(CHUNK_BYTES, remaining))
            if not piece:
                raise FrameError("Truncated aws-chunked frame data")
            remaining -= len(piece)
            yield piece
        if file.read(2) != b"\r\n":
            raise FrameError("Truncated aws-chunked frame data")


def _is_hexadecimal(text: bytes) -> bool:
    return bool(text) and not text.strip(b"0123456789abcdefABCDEF")


def is_framed(headers: Mapping[str, str]) -> bool:
    """Whether a body comes in frames of aws-chunked."""
    return (
        headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
        or "aws-chunked" in headers.get("content-encoding", "")
        or bool(headers.get("x-amz-decoded-content-length"))
    )
