"""The hyperparameters that are used where nobody sets any."""

from __future__ import annotations

from typing import Any

import pytest

from tasks import every_variant, get_task
from tasks.hyperparameters import Hyperparameters
from tasks.training_defaults import RULES, Rule, defaults_for

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
LARGE = "google-bert/bert-large-cased"


@pytest.mark.parametrize(
    ("rows", "labels", "base_model", "values"),
    [
        (3_200, 2, MINILM, {"epochs": 2, "learning_rate": 1e-4, "min_steps": 100}),
        (20_001, 2, MINILM, {"epochs": 1, "learning_rate": 1e-4}),
        (
            2_400,
            20,
            MINILM,
            {"learning_rate": 3e-4, "min_steps": 250, "class_weights": "root"},
        ),
        (2_400, 4, MINILM, {"learning_rate": 3e-4, "min_steps": 100}),
        (2_400, 20, LARGE, {"epochs": 2, "learning_rate": 1e-4, "min_steps": 250}),
        (2_400, 20, "", {"learning_rate": 1e-4}),
    ],
)
def test_rate_and_epochs_go_by_the_amount_of_data_and_the_labels(
    rows: int, labels: int, base_model: str, values: dict[str, Any]
) -> None:
    defaults = defaults_for(get_task("text-classification"), rows, labels, base_model)
    assert {name: defaults[name] for name in values} == values


@pytest.mark.parametrize(
    "name", ["token-classification", "text-generation", "question-answering"]
)
def test_other_tasks_keep_their_own(name: str) -> None:
    task = get_task(name)
    assert defaults_for(task, 500, 0, MINILM) == task.defaults


@pytest.mark.parametrize("variant", ["multi-label", "regression"])
def test_variants_keep_their_own(variant: str) -> None:
    task = get_task("text-classification", variant)
    assert defaults_for(task, 500, 20, MINILM) == task.defaults


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.conditions)
def test_a_rule_is_of_a_task_and_sets_known_hyperparameters(rule: Rule) -> None:
    assert rule.task in {task.name for task in every_variant()}
    assert Hyperparameters.resolve(rule.values, {})
    assert rule.reason
