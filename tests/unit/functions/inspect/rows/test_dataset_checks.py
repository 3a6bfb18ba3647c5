from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.functions.broken_sets import SETS
from tests.unit.functions.drops import Desk, messages
from tests.unit.functions.task_rows import lines


@pytest.mark.parametrize("name", SETS)
def test_a_set_that_teaches_nothing_is_refused(name: str) -> None:
    drop, message = SETS[name]
    assert messages(drop) == [message]


LONG = 12
"""Rows of forty, the first ones."""


def end(i: int, words: int) -> str:
    """What makes the first rows long."""
    return "and so on " * (words // 3 if i < LONG else 1)


LENGTHS: dict[str, tuple[Callable[[int], dict[str, Any]], list[str]]] = {
    "tags": (
        lambda i: {
            "tokens": f"{i} {end(i, 300)}".split(),
            "tags": ["O", *["B-X"] * len(end(i, 300).split())],
        },
        [
            "Over 192 words in about 30% of the texts: only the first 256 tokens of a text are read."
        ],
    ),
    "summaries": (
        lambda i: {"document": f"{i} {end(i, 600)}", "summary": f"so on {i}"},
        [
            "Over 384 words in about 30% of the texts: only the first 512 tokens of a text are read."
        ],
    ),
    "answers, sought in pieces": (
        lambda i: {
            "question": "What?",
            "context": f"{i} {end(i, 3000)}",
            "answers": "so on",
        },
        [],
    ),
    "texts, learnt in pieces": (lambda i: {"text": f"{i} {end(i, 3000)}"}, []),
}


@pytest.mark.parametrize(("make", "warnings"), LENGTHS.values(), ids=LENGTHS)
def test_long_texts_are_warned_of_where_their_end_is_lost(
    make: Callable[[int], dict[str, Any]], warnings: list[str]
) -> None:
    assert (
        Desk().inspect({"r.jsonl": lines([make(i) for i in range(40)])})["warnings"]
        == warnings
    )
