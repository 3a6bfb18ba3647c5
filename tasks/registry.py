"""The list of tasks: a new task is one module beside this one and one line here."""

from __future__ import annotations

from collections.abc import Iterator
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
TASKS: dict[str, Task] = {
    task.name: task for task in (import_module(f"tasks.{name}").TASK for name in MODULES)
}
"""By name; the earlier one is taken where rows could be of two tasks."""


def get_task(name: str, variant: str = "") -> Task:
    """The task called `name`, in its form `variant`; raises `UnknownTaskError` naming the nearest one."""
    if name not in TASKS:
        raise UnknownTaskError(
            f"no task is called {name!r}; did you mean {_nearest(name, TASKS)!r}?"
        )
    forms = {form.variant: form for form in TASKS[name].forms}
    if variant not in forms:
        raise UnknownTaskError(
            f"{name} has no variant {variant!r}; did you mean {_nearest(variant, forms)!r}?"
        )
    return forms[variant]


def every_form() -> Iterator[Task]:
    """Every task in every variant."""
    for task in TASKS.values():
        yield from task.forms


def find_task(name: str) -> Task:
    """The task a user calls `name`: a name, an alias, or `name/variant`; raises `UnknownTaskError`."""
    known = {alias: form for form in every_form() for alias in names_of(form)}
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    if wanted not in known:
        raise UnknownTaskError(
            f"no task is called {name!r}; did you mean {_nearest(wanted, known)!r}?"
        )
    return known[wanted]


def names_of(task: Task) -> tuple[str, ...]:
    """What a user may call a task or a variant."""
    return (f"{task.name}/{task.variant}" if task.variant else task.name, *task.aliases)


def _nearest(name: str, known: dict[str, Task]) -> str:
    return get_close_matches(name, known, n=1, cutoff=0.0)[0]
