"""How each family of tasks is served: a module beside this one, found by the name of the family."""

from __future__ import annotations

from importlib import import_module

from tasks import TASKS, UnknownTaskError, find_task

from ..errors import ArchiveError
from .base import Loader


def loader_of(task: str) -> Loader:
    """The `load` of the task's family, imported only now. Raises `ArchiveError` for a task without predictor."""
    try:
        family = find_task(plain(task)).family
    except UnknownTaskError:
        raise ArchiveError(
            f"expected one of the tasks {', '.join(TASKS)}; found {task!r}. "
            "Set HF_TASK, or pack a code/inference.py with a model_fn."
        ) from None
    load: Loader = import_module(f".{family}", __name__).load
    return load


def plain(task: str) -> str:
    """`translation_en_to_de` is the task `translation`."""
    return "translation" if task.startswith("translation_") else task
