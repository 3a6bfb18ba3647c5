"""Bytes to text, tolerant of encodings, in memory that does not grow with the file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.text import counted
from functions.inspect.formats.base import MAX_CHARACTERS, MAX_RECORD, UnreadableError, too_large
from functions.inspect.formats.contents import HEAD_BYTES, buffered, peek
from functions.inspect.formats.encodings import encoding_of, require_windows_1252

_CHUNK_CHARACTERS = 2**16
_ESCAPED = re.compile("[\udc80-\udcff]")
_LONE = re.compile("[\ud800-\udfff]")


def without_lone_surrogates(text: str) -> str:
    """Text that can be written as UTF-8; what cannot becomes U+FFFD."""
    return _LONE.sub("\ufffd", text)


def _as_windows(match: re.Match[str]) -> str:
    byte = ord(match[0]) - 0xDC00
    return bytes([byte]).decode("cp1252", "replace")


class Text:
    """A file as text, in the encoding that its first bytes show.

    Bytes that are no UTF-8 are read as Windows-1252, one by one, and counted, so that a file of either encoding, and
    one pasted together from both, comes out right in one pass. Raises `UnreadableError` at the end where most lines
    were of that kind, and the letters are not those of a western language.
    """

    def __init__(self, stream: BinaryIO) -> None:
        stream = buffered(stream)
        self._encoding = encoding_of(peek(stream, HEAD_BYTES))
        self._text = io.TextIOWrapper(
            stream, self._encoding.codec, self._encoding.errors, newline=""
        )
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
        room = MAX_CHARACTERS
        read_line = partial(self._text.readline, MAX_RECORD)
        for number, line in enumerate(iter(read_line, ""), start=1):
            length = len(line)
            room -= length
            if length == MAX_RECORD and line[-1] not in "\r\n":
                raise _too_long(number)
            if room < 0:
                raise too_large(MAX_CHARACTERS)
            if line.isascii() and "\0" not in line:
                yield line
            else:
                yield self._repaired(line, number)
        self._require_western()

    def chunks(self) -> Iterator[str]:
        """The text in pieces of 64 Ki characters, for formats that lines do not structure."""
        number = 1
        room = MAX_CHARACTERS
        for chunk in iter(partial(self._text.read, _CHUNK_CHARACTERS), ""):
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
    remedy = "Put each row on a line of its own; if the row really is so long, cut its text."
    return UnreadableError(Problem(f"lines of at most {MAX_RECORD:,} characters", actual, remedy))


def _not_text(line: int) -> UnreadableError:
    remedy = "Save the file as UTF-8 text; of UTF-16 only what holds some ASCII is recognised."
    return UnreadableError(Problem("text", f"a NUL byte in line {line:,}", remedy))
