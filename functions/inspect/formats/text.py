"""Bytes to text, tolerant of encodings, in memory that does not grow with the file."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.text import counted
from functions.inspect.formats.base import MAX_CHARACTERS, MAX_RECORD, UnreadableError, too_large
from functions.inspect.formats.contents import buffered, peek, require_text

_CHUNK = 2**16
_ESCAPED = re.compile("[\udc80-\udcff]")
_LONE = re.compile("[\ud800-\udfff]")


def without_lone_surrogates(text: str) -> str:
    """Text that can be written as UTF-8; what cannot becomes U+FFFD."""
    return _LONE.sub("\ufffd", text)


def _as_windows(match: re.Match[str]) -> str:
    return bytes([ord(match[0]) - 0xDC00]).decode("cp1252", "replace")


class Text:
    """A file as text: UTF-8 with or without byte-order mark, or UTF-16 with one.

    Bytes that are no UTF-8 are read as Windows-1252, one by one, and counted, so that a file of either encoding, and
    one pasted together from both, comes out right in one pass.
    """

    def __init__(self, stream: BinaryIO) -> None:
        head = peek(stream := buffered(stream))
        require_text(head)
        self._encoding = "UTF-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "UTF-8"
        codec, errors = ("utf-16", "replace") if self._encoding == "UTF-16" else ("utf-8-sig", "surrogateescape")
        self._text = io.TextIOWrapper(stream, codec, errors, newline="")
        self._repaired_lines = 0
        self._first_repaired = 0

    def encoding(self) -> str:
        return f"{self._encoding} and Windows-1252" if self._repaired_lines else self._encoding

    def warnings(self) -> list[str]:
        if not self._repaired_lines:
            return []
        return [
            f"{counted(self._repaired_lines, 'line')} not valid in UTF-8 (the first: line {self._first_repaired}), "
            "read as Windows-1252. Save the file as UTF-8 if letters look wrong."
        ]

    def lines(self) -> Iterator[str]:
        """Each line with its ending; raises `UnreadableError` at one that is too long or not text."""
        room = MAX_CHARACTERS
        for number, line in enumerate(iter(partial(self._text.readline, MAX_RECORD), ""), start=1):
            length = len(line)
            room -= length
            if length == MAX_RECORD and line[-1] not in "\r\n":
                raise _too_long(number)
            if room < 0:
                raise too_large(MAX_CHARACTERS)
            yield line if line.isascii() and "\0" not in line else self._checked(line, number)

    def chunks(self) -> Iterator[str]:
        """The text in pieces of 64 Ki characters, for formats that lines do not structure."""
        number, room = 1, MAX_CHARACTERS
        for chunk in iter(partial(self._text.read, _CHUNK), ""):
            room -= len(chunk)
            if room < 0:
                raise too_large(MAX_CHARACTERS)
            yield self._checked(chunk, number)
            number += chunk.count("\n")

    def _checked(self, text: str, number: int) -> str:
        if "\0" in text:
            raise _not_text(number + text.count("\n", 0, text.index("\0")))
        try:
            text.encode()
        except UnicodeEncodeError:
            self._repaired_lines += 1
            self._first_repaired = self._first_repaired or number
            return without_lone_surrogates(_ESCAPED.sub(_as_windows, text))
        return text


def _too_long(line: int) -> UnreadableError:
    found = f"a longer one (line {line:,})"
    remedy = "Put each row on a line of its own; if the row really is so long, cut its text."
    return UnreadableError(Problem(f"lines of at most {MAX_RECORD:,} characters", found, remedy))


def _not_text(line: int) -> UnreadableError:
    remedy = "Save the file as UTF-8 text; UTF-16 is read only with a byte-order mark."
    return UnreadableError(Problem("text", f"a NUL byte in line {line:,}", remedy))
