"""The worst of what a model gets wrong, for a person to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from contracts.evaluation import Mistake

MAX_CHARACTERS = 300
"""Of each text."""
MAX_ROWS = 10_000


class MistakeText(NamedTuple):
    """One row in words."""

    input: str
    expected: str
    answer: str


def worst(
    badness: ArrayLike,
    describe: Callable[[int], MistakeText],
    scores: ArrayLike | None = None,
) -> list[Mistake]:
    """At most `MAX_ROWS` rows with the largest `badness` above 0, worst first.

    `badness`, of shape (rows,), orders them; `scores`, of the same shape, are shown in its place. `describe` gets the
    row's number.
    """
    badness = np.asarray(badness, dtype=np.float64)
    shown = badness if scores is None else np.asarray(scores)
    mistakes = []
    for row in np.argsort(-badness, kind="stable")[:MAX_ROWS].tolist():
        if badness[row] > 0:
            mistakes.append(_mistake(row, describe(row), float(shown[row])))
    return mistakes


def _mistake(row: int, text: MistakeText, score: float) -> Mistake:
    return Mistake(
        row=row,
        input=shortened(text.input),
        expected=shortened(text.expected),
        found=shortened(text.answer),
        score=round(score, 6),
    )


def shortened(text: str) -> str:
    """At most `MAX_CHARACTERS`."""
    return text if len(text) <= MAX_CHARACTERS else f"{text[: MAX_CHARACTERS - 1]}…"


def listed(names: Sequence[str]) -> str:
    """`a, b`, or `nothing`."""
    return ", ".join(names) or "nothing"
