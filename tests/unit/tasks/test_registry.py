from __future__ import annotations

import pytest

from tasks import (
    TASKS,
    Task,
    UnknownTaskError,
    every_variant,
    find_task,
    get_task,
    names_of,
)


def test_an_unknown_task_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        UnknownTaskError,
        match="no task is called 'text-clasification'; did you mean 'text-class",
    ):
        get_task("text-clasification")


def test_what_resembles_no_name_gets_no_suggestion() -> None:
    with pytest.raises(UnknownTaskError) as raised:
        find_task("zzz")
    assert str(raised.value).startswith("no task is called 'zzz'; expected one of ")
    assert "text-classification" in str(raised.value)


def test_an_unknown_variant_is_answered_with_those_there_are() -> None:
    with pytest.raises(
        UnknownTaskError, match="text-classification has no variant 'multilabel'"
    ):
        get_task("text-classification", "multilabel")


def test_variants_are_called_by_names_of_their_own() -> None:
    names = [name for task in every_variant() for name in names_of(task)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "task", list(every_variant()), ids=lambda task: names_of(task)[0]
)
def test_every_name_of_a_task_finds_it(task: Task) -> None:
    assert all(find_task(name) is task for name in names_of(task))
    assert find_task(names_of(task)[0].upper().replace("-", "_")) is task


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_tasks_gate_metric_is_one_of_its_metrics(task: Task) -> None:
    assert task.metric in task.metrics
