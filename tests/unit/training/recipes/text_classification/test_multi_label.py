from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from transformers import AutoTokenizer

from tasks import get_task
from tests.unit.training.recipes.learning import learn
from training.common.errors import DataError
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of
from training.recipes.text_classification.multi_label import multi_label_sums

LABELS = ["1", "bad", "größe"]
RECIPE = recipe_of(get_task("text-classification", "multi-label"), LABELS)
ROWS = [
    {"text": "good film", "labels": ["1"]},
    {"text": "bad film", "labels": ["bad", "größe"]},
    {"text": "dull film", "labels": []},
]


def test_labels_become_a_vector_of_flags(bert: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(bert)
    examples = RECIPE.trainer.encode(tokenizer, ROWS, resolve({"max_length": 8}, {}))
    assert [example["labels"].tolist() for example in examples] == [
        [1, 0, 0],
        [0, 1, 1],
        [0, 0, 0],
    ]
    batch = RECIPE.trainer.collator(tokenizer, None, resolve({}, {}))(examples)
    assert (str(batch["labels"].dtype), tuple(batch["labels"].shape)) == (
        "torch.float32",
        (3, 3),
    )


def test_an_unknown_label_is_named(bert: Path) -> None:
    with pytest.raises(
        DataError,
        match=r"^expected one of the labels '1', 'bad', 'größe'; found '2' in 1 rows",
    ):
        RECIPE.trainer.encode(
            AutoTokenizer.from_pretrained(bert),
            [{"text": "a", "labels": ["2"]}],
            resolve({"max_length": 8}, {}),
        )


def test_a_model_learns_the_labels_and_the_config_names_them(
    bert: Path, tmp_path: Path
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(bert)
    arguments = resolve({"epochs": 30, "learning_rate": 1e-3, "max_length": 8}, {})
    model, losses = learn(
        RECIPE, RECIPE.trainer.load_model(str(bert)), tokenizer, ROWS, arguments
    )
    assert losses[-1] < 0.2 < losses[0]
    assert model.config.id2label == dict(enumerate(LABELS))
    assert model.config.problem_type == "multi_label_classification"
    predictions = RECIPE.trainer.predict(model, tokenizer, ROWS, arguments)
    assert RECIPE.scorer.metrics(predictions, ROWS) == {
        "micro_f1": 1.0,
        "macro_f1": 1.0,
        "subset_accuracy": 1.0,
    }


def test_a_label_is_given_from_one_half_on() -> None:
    logits = [
        np.array([0.1, -0.1, -5.0]),
        np.array([-3.0, 0.2, 0.3]),
        np.array([-1.0, -1.0, 1.0]),
    ]
    assert RECIPE.scorer.metrics(logits, ROWS)["micro_f1"] == pytest.approx(6 / 7)
    result = RECIPE.scorer.details(logits, ROWS)
    metric = result["label_metrics"]["größe"]
    assert metric.f1 == pytest.approx(2 / 3)
    assert metric.rows == 1


def test_metrics_agree_with_scikit_learn() -> None:
    from sklearn.metrics import accuracy_score, f1_score  # noqa: PLC0415

    draw = np.random.default_rng(0)
    gold, text = draw.random((50, 5)) < 0.3, draw.random((50, 5)) < 0.4
    assert multi_label_sums(gold, text).metrics() == pytest.approx(
        {
            "micro_f1": f1_score(gold, text, average="micro"),
            "macro_f1": f1_score(gold, text, average="macro"),
            "subset_accuracy": accuracy_score(gold, text),
        }
    )


def test_nothing_to_find_and_nothing_said_is_no_gain() -> None:
    nothing = np.zeros((2, 3), dtype=bool)
    assert multi_label_sums(nothing, nothing).metrics() == {
        "micro_f1": 0.0,
        "macro_f1": 0.0,
        "subset_accuracy": 1.0,
    }


def test_the_trivial_baseline_gives_every_text_the_labels_that_do_best() -> None:
    train = [
        {"text": "a", "labels": ["1", "bad"]},
        {"text": "b", "labels": ["1"]},
        {"text": "c", "labels": ["1"]},
    ]
    result = RECIPE.scorer.trivial_baseline(train, ROWS)
    assert result.name == "always '1'"
    assert result.metrics["micro_f1"] == pytest.approx(2 / 6)


def test_the_reference_baseline_learns_each_label() -> None:
    result = RECIPE.scorer.reference_baseline(ROWS * 4, ROWS)
    assert result is not None
    assert result.metrics["subset_accuracy"] == 1.0


def test_the_reference_baseline_copes_with_a_label_that_every_row_has() -> None:
    result = RECIPE.scorer.reference_baseline([ROWS[0]] * 2, ROWS[:1])
    assert result is not None
    assert result.metrics["subset_accuracy"] == 1.0


def test_the_best_label_s_probability_is_compared() -> None:
    prediction = np.array([2.0, -1.0, 0.0])
    assert (
        RECIPE.served.disagreement([{"label": "1", "score": 0.88}], prediction, 0.02)
        is None
    )
    assert RECIPE.served.disagreement(
        [{"label": "größe", "score": 0.5}], prediction, 0.02
    ) == ("'größe' at 0.5000 instead of '1' at 0.8808")
