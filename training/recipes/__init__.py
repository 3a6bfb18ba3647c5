"""How each family of tasks is trained and judged: a module beside this one, found by the name of the family."""

from __future__ import annotations

from importlib import import_module

from tasks import Task
from training.recipes.base import Recipe

__all__ = ["Recipe", "recipe_of"]


def recipe_of(task: Task) -> Recipe:
    """The recipe of a task in its variant; the family's module is imported only now."""
    recipe: Recipe = import_module(f"{__name__}.{task.family}").recipe(task)
    return recipe
