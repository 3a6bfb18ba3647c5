"""Where two JSON answers differ."""

from __future__ import annotations

import math
from typing import Any

_SHOWN = 80


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def first_difference(expected: Any, found: Any, tolerance: float, path: str = "answer") -> str | None:
    """A sentence naming the first place that differs: numbers by more than `tolerance` of 1 or of them, all else at
    all."""
    if _is_number(expected) and _is_number(found):
        near = math.isclose(expected, found, rel_tol=tolerance, abs_tol=tolerance)
        return None if near else _differ(path, expected, found)
    if isinstance(expected, dict) and isinstance(found, dict):
        return _of_objects(expected, found, tolerance, path)
    if isinstance(expected, list) and isinstance(found, list):
        return _of_lists(expected, found, tolerance, path)
    return None if type(expected) is type(found) and expected == found else _differ(path, expected, found)


def _differ(path: str, expected: Any, found: Any) -> str:
    return f"{path}: expected {_short(expected)}; found {_short(found)}"


def _of_objects(expected: dict[str, Any], found: dict[str, Any], tolerance: float, path: str) -> str | None:
    if expected.keys() != found.keys():
        return _differ(f"{path} (fields)", sorted(expected), sorted(found))
    differences = (first_difference(expected[key], found[key], tolerance, f"{path}.{key}") for key in expected)
    return next((difference for difference in differences if difference), None)


def _of_lists(expected: list[Any], found: list[Any], tolerance: float, path: str) -> str | None:
    if len(expected) != len(found):
        return _differ(f"{path} (length)", len(expected), len(found))
    pairs = enumerate(zip(expected, found, strict=True))
    differences = (first_difference(one, other, tolerance, f"{path}[{i}]") for i, (one, other) in pairs)
    return next((difference for difference in differences if difference), None)
