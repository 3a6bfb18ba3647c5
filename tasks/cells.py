"""What a cell of a user's table may hold, made plain: the checks of every task's rows start here."""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from typing import Any

from contracts.problems import Problem

_ITEM = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[-+\w][-+.\w]*)"""
_NUMPY_LIST = re.compile(rf"\[\s*{_ITEM}(?:\s+{_ITEM})+\s*\]", re.DOTALL)
_NUMPY_ARRAY = re.compile(r"\barray\((\[[^\[\]]*\])(?:,\s*dtype=\w+)?\)")


def text(value: object) -> str:
    """A cell as a stripped text; empty for None and NaN. A whole number is written without a fraction."""
    if value is None:
        return ""
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else str(value)
    return str(value).strip()


def required(row: dict[str, Any], name: str) -> str | Problem:
    """The text of a cell that must hold one."""
    value = row.get(name)
    if isinstance(value, list | dict):
        return plain_wanted(name, value)
    return text(value) or _empty(name)


def exact(row: dict[str, Any], name: str) -> str | Problem:
    """The text of a cell, not stripped: places in it are counted from its first character."""
    value = row.get(name)
    if isinstance(value, list | dict):
        return plain_wanted(name, value)
    if not text(value):
        return _empty(name)
    return value if isinstance(value, str) else text(value)


def _empty(name: str) -> Problem:
    noun = name.replace("_", " ")
    remedy = f"Fill in the {noun} or delete the row."
    return Problem(f"{article(noun)} {noun}", "an empty cell", remedy, column=name)


def plain_wanted(name: str, value: object) -> Problem:
    kind = "a JSON array" if isinstance(value, list) else "a JSON object"
    return Problem(
        "a plain value",
        kind,
        f"Give each row one {name}, as a plain value.",
        column=name,
    )


def article(noun: str) -> str:
    return "an" if noun[:1] in "aeiou" else "a"


_EMPTY_SET = "set()"


def decoded(value: object) -> object:
    """A cell that holds a list or an object as text, decoded; anything else as it is.

    Read are JSON and what Python and NumPy print, as tables hold that were written by pandas; a set is a list.
    """
    if value == _EMPTY_SET:
        return []
    if not isinstance(value, str) or value.lstrip()[:1] not in ("[", "{"):
        return value
    for read in (json.loads, _printed):
        try:
            decoded_value = read(value)
            if "\\u" in value:
                json.dumps(
                    decoded_value, ensure_ascii=False
                ).encode()  # half a surrogate pair cannot be written
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        if isinstance(decoded_value, list | dict):
            return decoded_value
    return value


def _printed(value: str) -> Any:
    """A list or an object as Python prints it; NumPy leaves the commas out, and the middle of a long list."""
    stripped = _NUMPY_ARRAY.sub(r"\1", value.strip())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of backslashes that escape nothing
        if _NUMPY_LIST.fullmatch(stripped):
            return [ast.literal_eval(item) for item in re.findall(_ITEM, stripped)]
        result = ast.literal_eval(stripped)
    return sorted(result, key=str) if isinstance(result, set) else result


def number(value: object) -> float | None:
    """A finite number, also one written as text; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def wanted_number(name: str, value: object, remedy: str) -> Problem:
    """The problem of a cell that should hold a number."""
    return Problem("a number", found_in(value), remedy, column=name)


def found_in(value: object) -> str:
    """What a cell holds, as a message says it."""
    return shown(value) if text(value) else "an empty cell"


def shown(value: object, limit: int = 60) -> str:
    """A value as it may stand in a message."""
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
