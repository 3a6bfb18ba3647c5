"""Text classification, in its variants: one label a text, several labels, or a number."""

from __future__ import annotations

from tasks import Task
from training.recipes.base import Recipe
from training.recipes.text_classification.multi_label import MultiLabelClassification
from training.recipes.text_classification.regression import TextRegression
from training.recipes.text_classification.single_label import TextClassification

VARIANTS: dict[str, type[TextClassification]] = {
    "": TextClassification,
    "multi-label": MultiLabelClassification,
    "regression": TextRegression,
}


def recipe(task: Task) -> Recipe:
    return VARIANTS.get(task.variant, TextClassification)(task)
