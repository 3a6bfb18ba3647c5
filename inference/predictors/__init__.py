"""The list of predictors: a new task is one module here and one line below."""

from __future__ import annotations

from importlib import import_module

from ..errors import ArchiveError
from .base import Loader

MODULES = {"text-classification": "text_classification"}
ALIASES = {"sentiment-analysis": "text-classification"}


def loader_of(task: str) -> Loader:
    """The `load` of the task's module, imported only now. Raises `ArchiveError` for a task without predictor."""
    module = MODULES.get(ALIASES.get(task, task))
    if module is None:
        raise ArchiveError(
            f"expected one of the tasks {', '.join(MODULES)}; found {task!r}. "
            "Set HF_TASK, or pack a code/inference.py with a model_fn."
        )
    load: Loader = import_module(f".{module}", __name__).load
    return load
