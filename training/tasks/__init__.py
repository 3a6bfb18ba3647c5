"""How each task is trained and judged: a new task is one module beside this one and one line here."""

from __future__ import annotations

from importlib import import_module

from training.errors import ArgumentsError
from training.tasks.base import Recipe

RECIPES = {"text-classification": "training.tasks.text_classification"}
"""Task name -> the module that holds its `RECIPE`, imported when needed."""

__all__ = ["RECIPES", "Recipe", "recipe_of"]


def recipe_of(task: str) -> Recipe:
    """Raises `ArgumentsError` for a task that is not trained here."""
    if task not in RECIPES:
        raise ArgumentsError(f"expected one of the tasks {', '.join(RECIPES)}; found {task!r}. Correct the task.")
    recipe: Recipe = import_module(RECIPES[task]).RECIPE
    return recipe
