"""Bytes to text, tolerant of encodings, in memory that does not grow with the file."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.text import counted
from functions.inspect.formats.base import (
    MAX_CHARACTERS,
    MAX_RECORD,
    UnreadableError,
    too_large,
)
from functions.inspect.formats.byte_lines import ByteLines
from functions.inspect.formats.contents import HEAD_BYTES, buffered, peek
from functions.inspect.formats.encodings import UTF8, encoding_of, require_windows_1252

_CHUNK_CHARACTERS = 2**16
_ESCAPED = re.compile("[\udc80-\udcff]")
_LONE = re.compile("[\ud800-\udfff]")


def without_lone_surrogates(text: str) -> str:
    """Text that can be written as UTF-8; what cannot becomes U+FFFD."""
    return _LONE.sub("\ufffd", text)


def _as_windows(match: re.Match[str]) -> str:
    byte = ord(match[0]) - 0xDC00
    return bytes([byte]).decode("cp1252", "replace")


@dataclass(frozen=True)
class Ahead:
    """Bytes that were not read yet, and whether the file ends with them."""

    content: bytes
    is_last: bool


@dataclass(frozen=True)
class Lines:
    """What counts of whole lines; `foreign` are those with other than ASCII characters."""

    size: int
    characters: int
    count: int
    foreign: int


def measured(lines: bytes) -> Lines | None:
    """None of lines that need repair."""
    if b"\0" in lines:
        return None
    is_ascii = lines.isascii()
    if is_ascii and b"\r" not in lines:
        count = lines.count(b"\n") + (not lines.endswith(b"\n"))
        return Lines(len(lines), len(lines), count, 0)
    try:
        characters = len(lines) if is_ascii else len(lines.decode())
    except UnicodeDecodeError:
        return None
    single = lines.splitlines()
    foreign = 0 if is_ascii else sum(not line.isascii() for line in single)
    return Lines(len(lines), characters, len(single), foreign)


class Text:
    """A file as text, in the encoding that its first bytes show.

    Bytes that are no UTF-8 are read as Windows-1252, one by one, and counted, so that a file of either encoding, and
    one pasted together from both, comes out right in one pass. Raises `UnreadableError` at the end where most lines
    were of that kind, and the letters are not those of a western language.
    """

    def __init__(self, stream: BinaryIO) -> None:
        stream = buffered(stream)
        self._stream = stream
        self._encoding = encoding_of(peek(stream, HEAD_BYTES))
        self._bytes: ByteLines | None = None
        self.line_number = 0
        """Of the last line that was read; 0 before the first."""
        self._room = MAX_CHARACTERS
        self._foreign_lines = 0
        self._repaired_lines = 0
        self._first_repaired = 0
        self._repaired_bytes = b""

    def encoding(self) -> str:
        if self._repaired_lines:
            return f"{self._encoding.name} and Windows-1252"
        return self._encoding.name

    def warnings(self) -> list[str]:
        if self._encoding.warning:
            return [self._encoding.warning]
        if not self._repaired_lines:
            return []
        lines = counted(self._repaired_lines, "line")
        return [
            f"{lines} not valid in UTF-8 (the first: line {self._first_repaired}), "
            "read as Windows-1252. Save the file as UTF-8 if letters look wrong."
        ]

    def lines(self) -> Iterator[str]:
        """Each line with its ending; raises `UnreadableError` at one that is too long or not text."""
        for line in self._decoded_lines():
            length = len(line)
            self.line_number += 1
            self._room -= length
            if length >= MAX_RECORD and (length > MAX_RECORD or line[-1] not in "\r\n"):
                raise _too_long(self.line_number)
            if self._room < 0:
                raise too_large(MAX_CHARACTERS)
            if line.isascii() and "\0" not in line:
                yield line
            else:
                yield self._repaired(line, self.line_number)
        self._require_western()

    def _decoded_lines(self) -> Iterator[str]:
        if self._encoding is not UTF8:
            return iter(partial(self._wrapped().readline, MAX_RECORD), "")
        self._bytes = ByteLines(self._stream, MAX_RECORD)
        return (line.decode("utf-8", self._encoding.errors) for line in self._bytes)

    def _wrapped(self) -> io.TextIOWrapper:
        encoding = self._encoding
        return io.TextIOWrapper(
            self._stream, encoding.codec, encoding.errors, newline=""
        )

    @property
    def position(self) -> int:
        """Bytes from the beginning of the file to the next line; infinite where `peek` shows nothing."""
        return self._bytes.position if self._bytes else sys.maxsize

    def peek(self, size: int) -> Ahead | None:
        """The bytes of the next lines, at most `size`.

        None at the end, before the first line was read, where the file may be too large, and of what is not UTF-8.
        """
        if not self._bytes or self._room < size:
            return None
        ahead = self._bytes.peek(size + 1)
        return Ahead(ahead[:size], len(ahead) <= size) if ahead else None

    def skip(self, lines: Lines) -> None:
        """Passes over whole lines that `peek` showed."""
        assert self._bytes
        self._bytes.skip(lines.size)
        self.line_number += lines.count
        self._foreign_lines += lines.foreign
        self._room -= lines.characters

    def chunks(self) -> Iterator[str]:
        """The text in pieces of 64 Ki characters, for formats that lines do not structure."""
        number = 1
        room = MAX_CHARACTERS
        for chunk in iter(partial(self._wrapped().read, _CHUNK_CHARACTERS), ""):
            room -= len(chunk)
            if room < 0:
                raise too_large(MAX_CHARACTERS)
            yield self._repaired(chunk, number)
            number += chunk.count("\n")
        self._require_western()

    def _require_western(self) -> None:
        if self._repaired_lines * 2 > self._foreign_lines:
            require_windows_1252(self._repaired_bytes)

    def _repaired(self, text: str, number: int) -> str:
        if "\0" in text:
            lines_before = text.count("\n", 0, text.index("\0"))
            raise _not_text(number + lines_before)
        self._foreign_lines += not text.isascii()
        try:
            text.encode()
            return text
        except UnicodeEncodeError:
            self._repaired_lines += 1
            self._first_repaired = self._first_repaired or number
            if len(self._repaired_bytes) < HEAD_BYTES:
                self._repaired_bytes += text.encode("utf-8", "surrogateescape")
            as_windows = _ESCAPED.sub(_as_windows, text)
            return without_lone_surrogates(as_windows)


def _too_long(line: int) -> UnreadableError:
    actual = f"a longer one (line {line:,})"
    remedy = (
        "Put each row on a line of its own; if the row really is so long, cut its text."
    )
    return UnreadableError(
        Problem(f"lines of at most {MAX_RECORD:,} characters", actual, remedy)
    )


def _not_text(line: int) -> UnreadableError:
    remedy = "Save the file as UTF-8 text; of UTF-16 only what holds some ASCII is recognised."
    return UnreadableError(Problem("text", f"a NUL byte in line {line:,}", remedy))
