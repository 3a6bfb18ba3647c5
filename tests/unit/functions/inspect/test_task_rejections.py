"""Every rule of every task: a real file that violations it, and the sentence its owner reads, word for word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.functions import task_rows
from tests.unit.functions.broken_tasks import TASKS
from tests.unit.functions.drops import Desk, messages
from tests.unit.functions.task_rows import both, lines, tagged


@pytest.mark.parametrize("name", TASKS)
def test_a_broken_drop_of_a_task_is_refused_with_place_and_remedy(name: str) -> None:
    drop, message = TASKS[name]
    assert messages(drop)[0] == message


GOOD = (
    task_rows.tagged,
    task_rows.marked,
    task_rows.questioned,
    task_rows.summed,
    task_rows.translated,
    task_rows.prompted,
    task_rows.chatted,
    task_rows.scored,
    task_rows.paired,
    task_rows.rated,
    task_rows.labelled,
    task_rows.named,
)


@pytest.mark.parametrize("make", GOOD, ids=lambda make: make.__name__)
def test_without_the_fault_the_drop_is_ready(
    make: Callable[[int], dict[str, Any]],
) -> None:
    assert Desk().inspect(both(make))["outcome"] == "ready"


def test_rows_of_other_tasks_that_the_test_file_holds_too_are_left_out() -> None:
    train, test = [tagged(i) for i in range(30)], [tagged(i) for i in range(28, 36)]
    seen = Desk().inspect({"train.jsonl": lines(train), "test.jsonl": lines(test)})
    assert seen["data"]["rows"] == {"train": 28, "test": 8}
    assert seen["warnings"] == [
        "Left out of train: 2 rows that the validation or test file holds too."
    ]
