"""The list of tasks: a new task is one module beside this one and one line here."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from importlib import import_module

from tasks.base import Task, UnknownTaskError

MODULES = (
    "text_classification",
    "token_classification",
    "question_answering",
    "summarization",
    "translation",
    "text_generation",
    "fill_mask",
    "feature_extraction",
    "text2text_generation",
)


def _task_of(module: str) -> Task:
    task: Task = import_module(f"tasks.{module}").TASK
    return task


TASKS: dict[str, Task] = {task.name: task for task in map(_task_of, MODULES)}
"""By name; the earlier one is taken where rows could be of two tasks."""


def get_task(name: str, variant: str = "") -> Task:
    """The task called `name`, in its variant `variant`; raises `UnknownTaskError` naming the nearest one."""
    if name not in TASKS:
        raise UnknownTaskError(
            f"no task is called {name!r}; {_suggestion(name, TASKS)}"
        )
    variants = {task.variant: task for task in TASKS[name].all_variants}
    if variant not in variants:
        raise UnknownTaskError(
            f"{name} has no variant {variant!r}; {_suggestion(variant, variants)}"
        )
    return variants[variant]


def every_variant() -> Iterator[Task]:
    """Every task in every variant."""
    for task in TASKS.values():
        yield from task.all_variants


def find_task(name: str) -> Task:
    """The task a user calls `name`: a name, an alias, or `name/variant`; raises `UnknownTaskError`."""
    tasks_by_name = {
        alias: variant for variant in every_variant() for alias in names_of(variant)
    }
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    if wanted not in tasks_by_name:
        raise UnknownTaskError(
            f"no task is called {name!r}; {_suggestion(wanted, tasks_by_name)}"
        )
    return tasks_by_name[wanted]


def names_of(task: Task) -> tuple[str, ...]:
    """What a user may call a task or a variant."""
    return (f"{task.name}/{task.variant}" if task.variant else task.name, *task.aliases)


def _suggestion(name: str, names: Collection[str]) -> str:
    """The name that `name` resembles, or else all of them."""
    nearest = get_close_matches(name, names, n=1)
    if nearest:
        return f"did you mean {nearest[0]!r}?"
    return f"expected one of {', '.join(sorted(repr(candidate) for candidate in names if candidate))}"
