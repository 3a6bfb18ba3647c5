"""What a cell of a user's table may hold, made plain: the checks of every task's rows start here."""

from __future__ import annotations

import json
import math
from typing import Any

from tasks.base import Problem


def text(value: object) -> str:
    """A cell as a stripped text; empty for None."""
    return "" if value is None else str(value).strip()


def required(row: dict[str, Any], name: str) -> str | Problem:
    """The text of a cell that must hold one."""
    value = row.get(name)
    if isinstance(value, list | dict):
        return plain_wanted(name, value)
    found = text(value)
    if found:
        return found
    noun = name.replace("_", " ")
    remedy = f"Fill in the {noun} or delete the row."
    return Problem(f"{article(noun)} {noun}", "an empty cell", remedy, column=name)


def plain_wanted(name: str, value: object) -> Problem:
    found = "a JSON array" if isinstance(value, list) else "a JSON object"
    return Problem("a plain value", found, f"Give each row one {name}, as a plain value.", column=name)


def article(noun: str) -> str:
    return "an" if noun[:1] in "aeiou" else "a"


def decoded(value: object) -> object:
    """A cell of a CSV file that holds a JSON array or object, decoded; anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def number(value: object) -> float | None:
    """A finite number, also one written as text; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def shown(value: object, limit: int = 60) -> str:
    """A value as it may stand in a message."""
    found = repr(value)
    return found if len(found) <= limit else f"{found[: limit - 1]}…"
