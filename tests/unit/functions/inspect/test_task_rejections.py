"""Every rule of every task: a real file that violations it, and the sentence its owner reads, word for word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.functions import broken_tasks
from tests.unit.functions.broken_sets import SETS
from tests.unit.functions.broken_tasks import TASKS, both, lines, tagged
from tests.unit.functions.drops import Desk, messages


@pytest.mark.parametrize("name", TASKS)
def test_a_broken_drop_of_a_task_is_refused_with_place_and_remedy(name: str) -> None:
    drop, message = TASKS[name]
    assert messages(drop)[0] == message


@pytest.mark.parametrize("name", SETS)
def test_a_set_that_teaches_nothing_is_refused(name: str) -> None:
    drop, message = SETS[name]
    assert messages(drop) == [message]


GOOD = (
    broken_tasks.tagged,
    broken_tasks.marked,
    broken_tasks.questioned,
    broken_tasks.summed,
    broken_tasks.translated,
    broken_tasks.prompted,
    broken_tasks.chatted,
    broken_tasks.scored,
    broken_tasks.paired,
    broken_tasks.rated,
    broken_tasks.labelled,
    broken_tasks.named,
)


@pytest.mark.parametrize("make", GOOD, ids=lambda make: make.__name__)
def test_without_the_fault_the_drop_is_ready(make: Callable[[int], dict[str, Any]]) -> None:
    assert Desk().inspect(both(make))["outcome"] == "ready"


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
        ["Over 192 words in about 30% of the texts: only the first 256 tokens of a text are read."],
    ),
    "summaries": (
        lambda i: {"document": f"{i} {end(i, 600)}", "summary": f"so on {i}"},
        ["Over 384 words in about 30% of the texts: only the first 512 tokens of a text are read."],
    ),
    "answers, sought in pieces": (
        lambda i: {"question": "What?", "context": f"{i} {end(i, 3000)}", "answers": "so on"},
        [],
    ),
    "texts, learnt in pieces": (lambda i: {"text": f"{i} {end(i, 3000)}"}, []),
}


@pytest.mark.parametrize(("make", "warnings"), LENGTHS.values(), ids=LENGTHS)
def test_long_texts_are_warned_of_where_their_end_is_lost(
    make: Callable[[int], dict[str, Any]], warnings: list[str]
) -> None:
    assert Desk().inspect({"r.jsonl": lines([make(i) for i in range(40)])})["warnings"] == warnings


def test_rows_of_other_tasks_that_the_test_file_holds_too_are_left_out() -> None:
    train, test = [tagged(i) for i in range(30)], [tagged(i) for i in range(28, 36)]
    seen = Desk().inspect({"train.jsonl": lines(train), "test.jsonl": lines(test)})
    assert seen["data"]["rows"] == {"train": 28, "test": 8}
    assert seen["warnings"] == [
        "Left out of train: 2 rows that the validation or test file holds too."
    ]
