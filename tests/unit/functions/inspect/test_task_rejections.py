"""Every rule of every task: a real file that violations it, and the sentence its owner reads, word for word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.functions import broken_tasks
from tests.unit.functions.broken_tasks import TASKS, both, lines, tagged
from tests.unit.functions.drops import Desk, messages


@pytest.mark.parametrize("name", TASKS)
def test_a_broken_drop_of_a_task_is_refused_with_place_and_remedy(name: str) -> None:
    drop, message = TASKS[name]
    assert messages(drop)[0] == message


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
