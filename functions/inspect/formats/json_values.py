"""JSON values one after the other, whatever lies between them: blanks, line ends, commas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.formats.base import MAX_RECORD, UnreadableError
from functions.inspect.formats.text import without_lone_surrogates

MAX_DOCUMENT = 128 * 2**20
"""Characters of a file that is one JSON object: it is parsed whole."""
PYTHON_REMEDY = "Write the rows with json.dumps, or with to_json(orient='records', lines=True) of pandas."
_GAP = re.compile(r"[\s,]*")
_PYTHON_OBJECT = re.compile(r"[\[\s]*\{\s*'")
_DECODER = json.JSONDecoder()
_SHOWN_CHARACTERS = 40


class Value(NamedTuple):
    """A value with the line it begins in."""

    line: int
    value: object


class JsonValues:
    """The values of a text that comes in pieces. Raises `UnreadableError` where it is no JSON."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self._buffer = ""
        self._position = 0
        self._line = 1

    def next(self, limit: int = MAX_RECORD) -> Value | None:
        """The next value, of at most `limit` characters; None at the end."""
        if not self._skip_gap():
            return None
        line = self._line
        start = self._position
        value, self._position = self._decoded(limit)
        self._line += self._buffer.count("\n", start, self._position)
        if "\\u" in self._buffer[start : self._position]:
            value = clean(value)
        return Value(line, value)

    def rest(self) -> Iterator[Value]:
        while (numbered := self.next()) is not None:
            yield numbered

    def _skip_gap(self) -> bool:
        """Moves to the next value; False where the text ends before one."""
        while True:
            gap = _GAP.match(self._buffer, self._position)
            assert gap
            self._line += gap[0].count("\n")
            self._position = gap.end()
            if self._position < len(self._buffer):
                return True
            if not self._grow():
                return False

    def _grow(self, characters: int = 1) -> bool:
        """Reads at least so many characters more, if there are any; drops what was decoded."""
        pieces = [self._buffer[self._position :]]
        room = characters
        while room > 0 and (chunk := next(self._chunks, "")):
            pieces.append(chunk)
            room -= len(chunk)
        self._buffer, self._position = "".join(pieces), 0
        return len(pieces) > 1

    def _decoded(self, limit: int) -> tuple[object, int]:
        """The value at the current position and its end; twice as much is read until it is complete."""
        while True:
            try:
                return _DECODER.raw_decode(self._buffer, self._position)
            except (ValueError, RecursionError) as error:
                length = len(self._buffer) - self._position
                if length > limit:
                    raise self._too_long(limit) from error
                if not self._grow(length if length <= MAX_RECORD else limit):
                    raise self._broken(error) from error

    def _too_long(self, limit: int) -> UnreadableError:
        expected = f"JSON values of at most {limit:,} characters"
        remedy = "Correct a quote or bracket that is missing there, or write one row a line (JSON Lines)."
        return UnreadableError(
            Problem(expected, "a longer or broken one", remedy, row=self._line)
        )

    def _broken(self, error: Exception) -> UnreadableError:
        start = self._buffer[self._position : self._position + _SHOWN_CHARACTERS]
        if _PYTHON_OBJECT.match(start):
            return python_literal(start, self._line)
        if not isinstance(error, json.JSONDecodeError):
            return broken(str(error)[:60], self._line)
        line = self._line + self._buffer.count("\n", self._position, error.pos)
        return broken(error.msg, line)


def python_literal(start: str, line: int | None = None) -> UnreadableError:
    """A row that Python printed: it has single quotes."""
    actual = (
        f"a dict as Python prints it, in single quotes: {quoted(start.strip(), 40)}"
    )
    return UnreadableError(Problem("JSON", actual, PYTHON_REMEDY, row=line))


def is_python_literal(text: str) -> bool:
    return bool(_PYTHON_OBJECT.match(text))


def broken(reason: str, line: int) -> UnreadableError:
    remedy = "Correct it there, or upload the file again if it was cut off."
    return UnreadableError(Problem("JSON", f"broken JSON ({reason})", remedy, row=line))


def clean(value: object) -> object:
    """A parsed value in which every string can be written as UTF-8."""
    if isinstance(value, str):
        return without_lone_surrogates(value)
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {
            without_lone_surrogates(key): clean(item) for key, item in value.items()
        }
    return value
