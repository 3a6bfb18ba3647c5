"""Text classification in its variants: one label a text, several labels, or a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tasks import Task
from training.recipes.base import AnyRecipe
from training.recipes.text_classification import multi_label, regression, single_label

VARIANTS: dict[str, Callable[[Task, Sequence[str]], AnyRecipe]] = {
    "": single_label.recipe,
    "multi-label": multi_label.recipe,
    "regression": regression.recipe,
}


def recipe(task: Task, labels: Sequence[str]) -> AnyRecipe:
    build = VARIANTS.get(task.variant, single_label.recipe)
    return build(task, labels)
