from __future__ import annotations

from pathlib import Path
from typing import Any

import fastjsonschema
import numpy as np
import pytest
from transformers import AutoTokenizer

from tasks import Task, every_variant, get_task
from tests.tiny_model import build
from training.common.errors import DataError
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of
from training.recipes.text_classification.single_label import confusion_matrix

LABELS = ["negative", "positive"]
RECIPE = recipe_of(get_task("text-classification"), LABELS)
TRAIN = [
    {"text": f"{word} film", "label": label}
    for word, label in (("good", "positive"), ("bad", "negative"))
] * 9
TEST = [
    {"text": "good plot", "label": "positive"},
    {"text": "bad plot", "label": "negative"},
]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return AutoTokenizer.from_pretrained(build(tmp_path_factory.mktemp("tiny")))


@pytest.mark.parametrize(
    "task", list(every_variant()), ids=lambda task: f"{task.name} {task.variant}"
)
def test_every_form_of_every_task_has_a_recipe(task: Task) -> None:
    assert recipe_of(task, ()).task == task


def test_rows_become_token_numbers_cut_at_the_limit(tokenizer: Any) -> None:
    (example,) = RECIPE.trainer.encode(
        tokenizer,
        [{"text": "good " * 50, "label": "positive"}],
        resolve({"max_length": 8}, {}),
    )
    assert sorted(example) == ["input_ids", "labels"]
    assert (len(example["input_ids"]), example["labels"]) == (8, 1)


def test_pairs_and_single_texts_are_encoded_as_they_are_served(tokenizer: Any) -> None:
    rows = [
        {"text": "good", "label": "positive"},
        {"text": "good", "text_pair": "bad", "label": "negative"},
    ]
    single, paired = RECIPE.trainer.encode(
        tokenizer, rows, resolve({"max_length": 16}, {})
    )
    assert single["input_ids"].tolist() == tokenizer("good")["input_ids"]
    assert paired["input_ids"].tolist() == tokenizer("good", "bad")["input_ids"]
    assert (
        paired["token_type_ids"].tolist() == tokenizer("good", "bad")["token_type_ids"]
    )
    assert single["token_type_ids"].tolist() == [0, 0, 0]


def test_an_unknown_label_is_named(tokenizer: Any) -> None:
    with pytest.raises(DataError) as raised:
        RECIPE.trainer.encode(
            tokenizer,
            [{"text": "a", "label": "neutral"}],
            resolve({"max_length": 8}, {}),
        )
    assert str(raised.value) == (
        "expected one of the labels 'negative', 'positive'; found 'neutral' in 1 rows. "
        "Correct the label, or add rows of that class to the training split."
    )


def test_logits_are_measured_and_counted() -> None:
    logits = list(np.array([[2.0, 1.0], [0.0, 3.0], [1.0, 2.0]]))
    rows = [{"text": "a", "label": LABELS[number]} for number in (0, 1, 0)]
    assert RECIPE.scorer.metrics(logits, rows)["accuracy"] == pytest.approx(2 / 3)
    assert set(RECIPE.scorer.metrics(logits, rows)) == set(RECIPE.task.metrics)
    details = RECIPE.scorer.details(logits, rows)
    assert (details["labels"], details["confusion"]) == (
        tuple(LABELS),
        ((1, 1), (0, 1)),
    )
    metric = details["label_metrics"][LABELS[0]]
    assert (metric.rows, metric.precision, metric.recall) == (2, 1.0, 0.5)
    row = next(row for row in details["thresholds"] if row.score == 0.8)
    assert (round(row.answered, 3), row.right) == (0.333, 1.0)


def test_the_trivial_baseline_answers_the_most_frequent_label() -> None:
    result = RECIPE.scorer.trivial_baseline([*TRAIN, TRAIN[0]], TEST)
    assert (result.name, result.metrics["accuracy"]) == ("always 'positive'", 0.5)


def test_the_reference_baseline_learns_what_words_tell() -> None:
    result = RECIPE.scorer.reference_baseline(TRAIN, TEST)
    assert result is not None
    assert result.metrics == {"accuracy": 1.0, "macro_f1": 1.0}


@pytest.mark.parametrize(
    "row", [TEST[0], {"text": "a", "text_pair": "b", "label": "positive"}]
)
def test_requests_are_what_the_api_takes(row: dict[str, str], tmp_path: Path) -> None:
    fastjsonschema.compile(RECIPE.task.request_schema)(RECIPE.served.request(row))


def test_an_answer_within_the_tolerance_agrees() -> None:
    logits = np.log([0.30, 0.70])
    assert (
        RECIPE.served.disagreement([{"label": "positive", "score": 0.71}], logits, 0.02)
        is None
    )
    assert RECIPE.served.disagreement(
        [{"label": "positive", "score": 0.75}], logits, 0.02
    ) == ("'positive' at 0.7500 instead of 'positive' at 0.7000")


def test_another_label_agrees_only_in_a_draw() -> None:
    answer = [{"label": "negative", "score": 0.5}]
    assert RECIPE.served.disagreement(answer, np.log([0.499, 0.501]), 0.02) is None
    assert RECIPE.served.disagreement(answer, np.log([0.48, 0.52]), 0.02) is not None
    assert (
        RECIPE.served.disagreement(
            [{"label": "LABEL_0", "score": 0.5}], np.log([0.5, 0.5]), 0.02
        )
        is not None
    )


def test_the_matrix_has_true_classes_as_rows() -> None:
    assert confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 3).tolist() == [
        [1, 1, 0],
        [0, 1, 0],
        [0, 0, 0],
    ]


def test_the_reference_of_pairs_sees_how_alike_they_are() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(300):
        first = rng.choice(500, 6)
        second = rng.permutation(first) if number % 2 else rng.choice(500, 6)
        texts = [" ".join(f"word{word}" for word in words) for words in (first, second)]
        rows.append(
            {"text": texts[0], "text_pair": texts[1], "label": LABELS[number % 2]}
        )
    result = RECIPE.scorer.reference_baseline(rows[:200], rows[200:])
    assert result is not None
    assert result.metrics["accuracy"] > 0.95
