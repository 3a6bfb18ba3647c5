from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from tasks import Row, get_task
from tests.unit.training.recipes.learning import learn
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of
from training.recipes.base import AnyRecipe
from training.recipes.embedding import (
    correlation_sums,
    judged_pairs,
    without_some_words,
)

SCORED_ROWS: list[Row] = [
    {"text": "good film", "text_pair": "great film", "score": 5.0},
    {"text": "good film", "text_pair": "awful end", "score": 0.0},
    {"text": "dull plot", "text_pair": "poor plot", "score": 4.0},
    {"text": "dull plot", "text_pair": "great cast", "score": 1.0},
]
PAIRED_ROWS: list[Row] = [
    {"text": row["text"], "text_pair": row["text_pair"]} for row in SCORED_ROWS[::2]
]
PLAIN_ROWS: list[Row] = [
    {"text": "the good film was very fine"},
    {"text": "an awful scene is this end"},
]
FORMS = [("", SCORED_ROWS), ("pairs", PAIRED_ROWS), ("texts", PLAIN_ROWS)]


def _recipe(variant: str) -> AnyRecipe:
    return recipe_of(get_task("feature-extraction", variant), ())


@pytest.mark.parametrize(("variant", "rows"), FORMS)
def test_texts_that_are_alike_come_near(
    variant: str, rows: list[Row], bert: Path
) -> None:
    recipe, tokenizer = _recipe(variant), AutoTokenizer.from_pretrained(bert)
    arguments = resolve({"epochs": 40, "learning_rate": 1e-3, "max_length": 16}, {})
    model, losses = learn(
        recipe, recipe.trainer.load_model(str(bert)), tokenizer, rows, arguments
    )
    assert losses[-1] < losses[0] / 2
    predictions = recipe.trainer.predict(model, tokenizer, rows, arguments)
    assert recipe.scorer.metrics(predictions, rows)["pearson"] > 0.8
    cosine = predictions[0][0]
    assert recipe.served.disagreement([cosine], predictions[0], 0.02) is None
    assert (
        recipe.served.disagreement([cosine - 0.1], predictions[0], 0.02)
        == f"{cosine - 0.1:.4f} instead of {cosine:.4f}"
    )


@pytest.mark.parametrize(("variant", "rows"), FORMS)
def test_what_is_asked_for_is_what_was_judged(variant: str, rows: list[Row]) -> None:
    one, other, _ = judged_pairs(rows)[0]
    assert _recipe(variant).served.request(rows[0]) == {
        "inputs": {"source_sentence": one, "sentences": [other]}
    }


def test_scores_of_any_range_become_cosines(bert: Path) -> None:
    recipe, tokenizer, arguments = (
        _recipe(""),
        AutoTokenizer.from_pretrained(bert),
        resolve({"max_length": 16}, {}),
    )
    train = recipe.trainer.encode(tokenizer, SCORED_ROWS, arguments)
    assert [example["labels"] for example in train] == [1.0, 0.0, 0.8, 0.2]
    (other,) = recipe.trainer.encode(
        tokenizer, [SCORED_ROWS[0] | {"score": 2.5}], arguments
    )
    assert other["labels"] == 0.5


def test_vectors_of_training_are_those_of_serving(bert: Path) -> None:
    recipe, tokenizer, arguments = (
        _recipe("pairs"),
        AutoTokenizer.from_pretrained(bert),
        resolve({"max_length": 16}, {}),
    )
    model = recipe.trainer.load_model(str(bert)).eval()
    rows: list[Row] = [
        PAIRED_ROWS[0],
        {"text": "good", "text_pair": "a very good film with a fine cast"},
    ]
    batch = recipe.trainer.collator(tokenizer, None, arguments)(
        recipe.trainer.encode(tokenizer, rows, arguments)
    )
    with torch.no_grad():
        loss: Any = recipe.trainer.loss(model, batch)
    predictions = recipe.trainer.predict(model, tokenizer, rows, arguments)
    own, other = np.array(predictions).T * 20
    expected = np.mean(np.log(1 + np.exp(other - own)))
    assert loss.item() == pytest.approx(expected, abs=1e-4)


def test_a_copy_leaves_out_some_words_and_always_the_same() -> None:
    text = " ".join(map(str, range(100)))
    assert without_some_words(text) == without_some_words(text)
    assert 50 < len(without_some_words(text).split()) < 90
    assert set(without_some_words(text).split()) < set(text.split())
    assert without_some_words("one") == "one"


def test_without_scores_true_pairs_are_told_from_shuffled_ones() -> None:
    assert judged_pairs(PAIRED_ROWS) == [
        ("good film", "great film", 1.0),
        ("good film", "poor plot", 0.0),
        ("dull plot", "poor plot", 1.0),
        ("dull plot", "great film", 0.0),
    ]


def test_correlations_are_none_where_nothing_varies() -> None:
    assert correlation_sums([1.0, 1.0, 1.0, 1.0], SCORED_ROWS).metrics() == {
        "spearman": 0.0,
        "pearson": 0.0,
    }
    assert correlation_sums(
        [0.5, 0.0, 0.4, 0.1], SCORED_ROWS
    ).metrics() == pytest.approx({"spearman": 1.0, "pearson": 1.0})


@pytest.mark.parametrize(("variant", "rows"), FORMS)
def test_baselines_compare_words(variant: str, rows: list[Row]) -> None:
    trivial = _recipe(variant).scorer.trivial_baseline(rows, rows)
    assert (trivial.name, trivial.metrics) == (
        "all alike",
        {"spearman": 0.0, "pearson": 0.0},
    )
    reference: Any = _recipe(variant).scorer.reference_baseline(rows, rows)
    assert reference.metrics["pearson"] > 0.7
