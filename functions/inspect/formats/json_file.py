"""JSON: an array of objects, read piece by piece, or JSON Lines under that name.

A row's number is its place in the array.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.formats.base import MAX_RECORD, Format, Numbered, Table, UnreadableError
from functions.inspect.formats.jsonl_file import rows_of
from functions.inspect.formats.objects import as_row, clean, table_of
from functions.inspect.formats.text import Text

_EXPECTED = "an array of JSON objects, or one object per line"
_GAP = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


def open_json(stream: BinaryIO) -> Table:
    text = Text(stream)
    chunks = text.chunks()
    first = next(chunks, "")
    content = first.lstrip()
    if content.startswith("["):
        array = chain([content[1:]], chunks)
        return table_of(text, elements(array))
    if content.startswith("{"):
        lines = _lines(chain([first], chunks))
        return table_of(text, rows_of(lines))
    raise _broken(f"text that begins with {quoted(first.strip(), 20)}")


def _lines(chunks: Iterable[str]) -> Iterator[str]:
    rest = ""
    for chunk in chunks:
        *complete, rest = (rest + chunk).split("\n")
        yield from complete
        if len(rest) > MAX_RECORD:
            raise _too_long()
    yield rest


def elements(chunks: Iterable[str]) -> Iterator[Numbered]:
    """The elements of an array whose opening bracket has been read; raises `UnreadableError` where it breaks off."""
    buffer = ""
    position = 0
    number = 1
    reason = "the file ends"
    for chunk in chunks:
        buffer = buffer[position:] + chunk
        position = _after_gap(buffer, 0)
        if len(buffer) > MAX_RECORD + len(chunk):
            break
        while position < len(buffer):
            if buffer[position] == "]":
                return
            try:
                value, position = _DECODER.raw_decode(buffer, position)
            except (ValueError, RecursionError) as error:
                reason = _reason(error)
                break
            if "\\u" in chunk:
                value = clean(value)
            yield number, as_row(value, _EXPECTED)
            number += 1
            reason = "the file ends"
            position = _after_gap(buffer, position)
    raise _broken(f"broken JSON at element {number:,} ({reason})")


def _reason(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)[:60]


def _after_gap(buffer: str, position: int) -> int:
    gap = _GAP.match(buffer, position)
    return gap.end() if gap else position


def _broken(actual: str) -> UnreadableError:
    remedy = "Correct it there, or upload the file again if it was cut off."
    return UnreadableError(Problem(_EXPECTED, actual, remedy))


def _too_long() -> UnreadableError:
    remedy = "Put each object on a line of its own."
    return UnreadableError(
        Problem(f"lines of at most {MAX_RECORD:,} characters", "a longer one", remedy)
    )


FORMAT = Format("JSON", ("json",), open_json)
