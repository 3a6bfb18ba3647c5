from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from transformers import AutoTokenizer

from tasks import get_task
from tests.unit.training.recipes.learning import learn
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of
from training.recipes.text_classification.regression import regression_sums

TASK = get_task("text-classification", "regression")
ROWS = [
    {"text": f"{word} film", "score": score}
    for word, score in (("good", 90_000), ("dull", 50_000), ("bad", 1e4))
]


def test_numbers_are_learnt_on_one_scale_and_answered_in_their_own(bert: Path) -> None:
    recipe, tokenizer = recipe_of(TASK, ()), AutoTokenizer.from_pretrained(bert)
    arguments = resolve({"epochs": 60, "learning_rate": 1e-3, "max_length": 8}, {})
    model, losses = learn(
        recipe, recipe.trainer.load_model(str(bert)), tokenizer, ROWS, arguments
    )
    assert losses[0] < 5
    assert losses[-1] < 0.01
    assert (model.config.problem_type, model.config.id2label) == (
        "regression",
        {0: "score"},
    )
    predictions = recipe.trainer.predict(model, tokenizer, ROWS, arguments)
    assert np.ravel(predictions) == pytest.approx([90_000, 50_000, 10_000], abs=4_000)
    assert recipe.scorer.metrics(predictions, ROWS)["pearson"] > 0.99


def test_other_rows_are_scaled_as_the_training_rows_are(bert: Path) -> None:
    recipe, tokenizer, arguments = (
        recipe_of(TASK, ()),
        AutoTokenizer.from_pretrained(bert),
        resolve({"max_length": 8}, {}),
    )
    train = recipe.trainer.encode(tokenizer, ROWS[::2], arguments)
    (other,) = recipe.trainer.encode(tokenizer, ROWS[1:2], arguments)
    assert [example["labels"] for example in train] == [1.0, -1.0]
    assert other["labels"] == 0.0


def test_equal_numbers_are_no_obstacle(bert: Path) -> None:
    recipe, tokenizer = recipe_of(TASK, ()), AutoTokenizer.from_pretrained(bert)
    (example,) = recipe.trainer.encode(
        tokenizer, [{"text": "a", "score": 0.0}], resolve({"max_length": 8}, {})
    )
    assert example["labels"] == 0.0


def test_metrics_agree_with_scipy_and_scikit_learn() -> None:
    from scipy.stats import pearsonr  # noqa: PLC0415
    from sklearn.metrics import mean_absolute_error, mean_squared_error  # noqa: PLC0415

    gold, text = np.random.default_rng(0).normal(size=(2, 30))
    assert regression_sums(gold, text).metrics() == pytest.approx(
        {
            "pearson": pearsonr(gold, text).statistic,
            "mse": mean_squared_error(gold, text),
            "mae": mean_absolute_error(gold, text),
        }
    )


def test_the_trivial_baseline_answers_the_mean() -> None:
    found = recipe_of(TASK, ()).scorer.trivial_baseline(ROWS, ROWS[:1])
    assert (found.name, found.metrics) == (
        "always 5e+04",
        {"pearson": 0.0, "mse": 1.6e9, "mae": 40_000.0},
    )


def test_the_reference_baseline_learns_what_words_tell() -> None:
    found = recipe_of(TASK, ()).scorer.reference_baseline(ROWS * 4, ROWS)
    assert found is not None
    assert found.metrics["pearson"] > 0.95


def test_the_tolerance_grows_with_the_number() -> None:
    recipe, prediction = recipe_of(TASK, ()), np.array([90_000.0])
    assert (
        recipe.served.disagreement(
            [{"label": "score", "score": 91_000.0}], prediction, 0.02
        )
        is None
    )
    assert recipe.served.disagreement(
        [{"label": "score", "score": 95_000.0}], prediction, 0.02
    ) == ("'score' at 95000.0000 instead of 'score' at 90000.0000")


def test_mistakes_are_the_numbers_farthest_off() -> None:
    rows = [
        {"text": name, "score": score}
        for name, score in (("a", 1.0), ("b", 2.0), ("c", 3.0))
    ]
    found = recipe_of(TASK, ()).scorer.mistakes(
        [np.array([1.0]), np.array([2.5]), np.array([0.0])], rows
    )
    assert [(item.input, item.expected, item.found, item.score) for item in found] == [
        ("c", "3", "0", 3.0),
        ("b", "2", "2.5", 0.5),
    ]
