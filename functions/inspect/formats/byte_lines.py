"""The lines of a stream of bytes, and the bytes ahead of them: a reader of blocks and one of lines take turns."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

READ_BYTES = 2**17


class ByteLines:
    """Lines end with \\n, \\r\\n or \\r, which they keep. One longer than `limit` characters comes in pieces."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._ahead = b""
        self._index = 0
        """Where the next line begins in `_ahead`."""
        self._before = 0
        self.ended = False
        """Whether all bytes of the stream lie in `_ahead`."""
        self._read(READ_BYTES)
        if self._ahead.startswith(codecs.BOM_UTF8):
            self._index = len(codecs.BOM_UTF8)

    @property
    def position(self) -> int:
        """Bytes from the beginning of the stream to the next line."""
        return self._before + self._index

    def __iter__(self) -> Iterator[bytes]:
        """Goes on behind what is skipped in the meantime."""
        while lines := self._whole_lines().splitlines(keepends=True):
            position = self.position
            for line in lines:
                position += len(line)
                self._index += len(line)
                yield line
                if self.position != position:
                    break

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end of the stream."""
        while not self.ended and len(self._ahead) - self._index < size:
            self._read(size)
        return self._ahead[self._index : self._index + size]

    def skip(self, size: int) -> None:
        """Passes over bytes that were peeked."""
        self._index += size

    def _read(self, size: int) -> None:
        more = self._stream.read(size)
        self.ended = not more
        self._before += self._index
        self._ahead = self._ahead[self._index :] + more
        self._index = 0

    def _is_long(self, line: bytes) -> bool:
        return (
            len(line) > self._limit and len(line.decode(errors="replace")) > self._limit
        )

    def _whole_lines(self) -> bytes:
        while True:
            ahead = self._ahead
            start = self._index
            end = start + READ_BYTES
            cut = _end_of_lines(ahead, start, end) or _end_of_lines(
                ahead, start, len(ahead)
            )
            if cut:
                return ahead[start:cut]
            rest = ahead[start:]
            if self.ended or self._is_long(rest):
                return rest
            self._read(READ_BYTES)


def _end_of_lines(text: bytes, start: int, end: int) -> int:
    """The index after the last end of a line; 0 where there is none. A last \\r may be half of an end."""
    line_feed = text.rfind(b"\n", start, end) + 1
    last = min(end, len(text)) - 1
    return max(line_feed, text.rfind(b"\r", max(start, line_feed), last) + 1)
