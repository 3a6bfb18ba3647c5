"""How each family of tasks is trained and judged: a module or package beside this one, found by the family's name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from tasks import Task
from training.recipes.base import AnyRecipe


def recipe_of(task: Task, labels: Sequence[str]) -> AnyRecipe:
    """The recipe of a task in its variant, for a dataset with these labels; imports the family's module."""
    recipe: AnyRecipe = import_module(f"{__name__}.{task.family}").recipe(task, labels)
    return recipe
