"""JSON in every shape that holds rows, whatever the file is called.

An array and JSON Lines are read row by row, as are objects that follow one another in any layout. A file that is one
object is parsed whole, and its rows are looked for inside. A row's number is its line, or its place in the array.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from contracts.problems import Problem
from functions.common.text import quoted
from functions.inspect.formats.base import MAX_RECORD, Format, Table, UnreadableError
from functions.inspect.formats.contents import buffered, peek
from functions.inspect.formats.json_document import Document, rows_of_document
from functions.inspect.formats.json_lines import rows_of
from functions.inspect.formats.json_values import (
    MAX_DOCUMENT,
    JsonValues,
    clean,
    is_python_literal,
    python_literal,
)
from functions.inspect.formats.nested import numbered_rows
from functions.inspect.formats.objects import table_of
from functions.inspect.formats.text import Text

_EXPECTED = "an array of JSON objects, or one object per line"
_GAP = re.compile(r"[\s,]*")
_DECODER = json.JSONDecoder()


def open_json(stream: BinaryIO) -> Table:
    stream = buffered(stream)
    is_lines = _begins_with_lines(peek(stream))
    text = Text(stream)
    if is_lines:
        return table_of(text, rows_of(text.lines()))
    chunks = text.chunks()
    first = next(chunks, "")
    content = first.lstrip()
    if content.startswith("["):
        array = elements(chain([content[1:]], chunks))
        return table_of(text, numbered_rows(array, _EXPECTED))
    if content.startswith("{"):
        return _objects(text, chain([first], chunks))
    raise _broken(f"text that begins with {quoted(first.strip(), 20)}")


def _begins_with_lines(head: bytes) -> bool:
    """Whether the first bytes hold one value on a line and the beginning of another below."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    text = head.decode("utf-8-sig", "replace").lstrip()
    first, _, below = text.partition("\n")
    is_closed = first.startswith(("{", "[")) and first.rstrip().endswith(("}", "]"))
    return (
        is_closed
        and bool(below.strip())
        and (_is_json(first) or below.lstrip()[0] in "{[")
    )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _objects(text: Text, chunks: Iterator[str]) -> Table:
    """Objects one after the other; a single one is looked into."""
    values = JsonValues(chunks)
    first = values.next(MAX_DOCUMENT)
    second = values.next()
    if first and second is None and isinstance(first.value, dict):
        document = rows_of_document(first.value)
        return _table_of_document(text, document)
    head = [value for value in (first, second) if value]
    return table_of(text, numbered_rows(chain(head, values.rest()), _EXPECTED))


def _table_of_document(text: Text, document: Document) -> Table:
    rows = enumerate(document.rows, start=1)
    table = table_of(text, numbered_rows(rows, _EXPECTED))
    table.notes.append(f"read from one JSON object: {document.note}")
    return table


def elements(chunks: Iterable[str]) -> Iterator[tuple[int, object]]:
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
            yield number, value
            number += 1
            reason = "the file ends"
            position = _after_gap(buffer, position)
    if is_python_literal(buffer[position : position + 100]):
        raise python_literal(buffer[position : position + 100])
    raise _broken(f"broken JSON at element {number:,} ({reason})")


def _reason(error: Exception) -> str:
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)[:60]


def _after_gap(buffer: str, position: int) -> int:
    gap = _GAP.match(buffer, position)
    return gap.end() if gap else position


def _broken(actual: str) -> UnreadableError:
    remedy = "Correct it there, or upload the file again if it was cut off."
    return UnreadableError(Problem(_EXPECTED, actual, remedy))


FORMAT = Format("JSON", ("json",), open_json)
