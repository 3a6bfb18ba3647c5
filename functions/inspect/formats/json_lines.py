"""The lines of JSON Lines as rows: one object a line. A row's number is its line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from contracts.problems import Problem
from functions.inspect.formats.base import Numbered
from functions.inspect.formats.json_values import (
    clean,
    is_python_literal,
    python_literal,
)
from functions.inspect.formats.nested import numbered_rows

_EXPECTED = "one JSON object on the line"


def rows_of(lines: Iterable[str]) -> Iterator[Numbered]:
    """Each line that is not blank as a row, or what is wrong with it."""
    return numbered_rows(_values(lines), _EXPECTED)


def _values(lines: Iterable[str]) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(lines, start=1):
        if line and not line.isspace():
            yield number, _value(line, number)


def _value(line: str, number: int) -> object:
    """A parsed line or a `Problem`; raises `UnreadableError` for a line that Python printed."""
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        if is_python_literal(line):
            raise python_literal(line, number) from error
        actual = f"broken JSON ({error.msg} at column {error.colno})"
        return Problem(
            _EXPECTED, actual, "Correct the line; strings and keys need double quotes."
        )
    except (RecursionError, ValueError) as error:
        actual = f"JSON that cannot be read ({str(error)[:60]})"
        return Problem(_EXPECTED, actual, "Simplify the line or delete it.")
    return clean(value) if "\\u" in line else value
