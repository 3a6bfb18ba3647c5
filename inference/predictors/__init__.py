"""How each family of tasks is served: a module beside this one, found by the name of the family."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from inspect import signature
from typing import cast

from tasks import TASKS, UnknownTaskError, find_task

from ..protocols.errors import ArchiveError
from .base import Loader


def loader_of(task: str) -> Loader:
    """The `load` of the task's family, imported only now. Raises `ArchiveError` for a task without predictor."""
    try:
        registered = find_task(plain(task))
    except UnknownTaskError:
        raise ArchiveError(
            f"expected one of the tasks {', '.join(TASKS)}; found {task!r}. "
            "Set HF_TASK, or pack a code/inference.py with a model_fn."
        ) from None
    load = import_module(f".{registered.family}", __name__).load
    if "task" not in signature(load).parameters:
        return cast(Loader, load)
    # One family may serve several tasks, which differ in the field of their answers.
    name = registered.name if plain(task) == task else task
    return partial(load, task=name)


def plain(task: str) -> str:
    """`translation_en_to_de` is the task `translation`."""
    return "translation" if task.startswith("translation_") else task
