"""The worst of what a model gets wrong, for a person to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

MOST = 20
TEXT = 300
"""Characters of each text."""
Told = tuple[str, str, str]
"""What was asked, what was right, what the model said."""


def worst(badness: Any, tell: Callable[[int], Told], scores: Any = None) -> list[dict[str, Any]]:
    """The rows whose badness is above 0, largest first; `scores` is what is shown instead of it."""
    badness = np.asarray(badness, dtype=np.float64)
    shown = badness if scores is None else scores
    rows = [int(row) for row in np.argsort(-badness, kind="stable")[:MOST] if badness[row] > 0]
    return [_mistake(row, tell(row), float(shown[row])) for row in rows]


def _mistake(row: int, told: Told, score: float) -> dict[str, Any]:
    asked, expected, found = map(shortened, told)
    return {"row": row, "input": asked, "expected": expected, "found": found, "score": round(score, 6)}


def shortened(text: str) -> str:
    return text if len(text) <= TEXT else f"{text[: TEXT - 1]}…"


def listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"
