from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from tasks import Row, get_task
from tests.unit.training.recipes.learning import learn
from tests.unit.training.recipes.tagged import TAGGED
from training.common.errors import BaseModelError
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of
from training.recipes.base import AnyRecipe
from training.recipes.token_classification import TaggedRow, TokenTags, tags_of

LABELS = ["B-PER", "I-PER", "O"]
TAGS = recipe_of(get_task("token-classification"), LABELS)
SPANS = recipe_of(get_task("token-classification", "spans"), ["person"])
MARKED: Row = {
    "text": "it was xyz qu.",
    "spans": [{"start": 7, "end": 13, "label": "person"}],
}


@pytest.fixture(scope="module")
def tokenizer(bert: Path) -> Any:
    return AutoTokenizer.from_pretrained(bert)


def _read(recipe: AnyRecipe, tokenizer: Any, row: Row) -> list[tuple[str, str | None]]:
    (example,) = recipe.trainer.encode(
        tokenizer, [row], resolve({"max_length": 32}, {})
    )
    tags = recipe.served.class_names
    names = [None if label < 0 else tags[label] for label in example["labels"]]
    return list(
        zip(
            tokenizer.convert_ids_to_tokens(example["input_ids"].tolist()),
            names,
            strict=True,
        )
    )


def test_the_later_sub_words_of_a_word_are_inside_what_it_begins(
    tokenizer: Any,
) -> None:
    assert _read(TAGS, tokenizer, TAGGED) == [
        ("[CLS]", None),
        ("x", "B-PER"),
        ("##y", "I-PER"),
        ("##z", "I-PER"),
        ("q", "I-PER"),
        ("##u", "I-PER"),
        ("was", "O"),
        ("bad", "O"),
        ("[SEP]", None),
    ]


def test_an_inside_that_no_row_shows_is_added_behind_the_labels() -> None:
    assert tags_of(TAGS.task, ["B-LOC", "B-PER", "I-PER", "O"]) == [
        "B-LOC",
        "B-PER",
        "I-PER",
        "O",
        "I-LOC",
    ]
    assert tags_of(TAGS.task, ["NOUN", "VERB"]) == ["NOUN", "VERB"]


def test_spans_become_tags_of_every_sub_word(tokenizer: Any) -> None:
    assert [tag for _, tag in _read(SPANS, tokenizer, MARKED)] == [
        None,
        "O",
        "O",
        "B-person",
        *["I-person"] * 4,
        "O",
        None,
    ]
    assert tags_of(SPANS.task, ["person"]) == ["O", "B-person", "I-person"]


@pytest.mark.parametrize(("recipe", "row"), [(TAGS, TAGGED), (SPANS, MARKED)])
def test_tags_are_learnt_and_answered_as_entities_of_the_text(
    recipe: AnyRecipe, row: Row, bert: Path, tokenizer: Any
) -> None:
    arguments = resolve({"epochs": 25, "learning_rate": 1e-3, "max_length": 32}, {})
    model, losses = learn(
        recipe, recipe.trainer.load_model(str(bert)), tokenizer, [row], arguments
    )
    assert losses[-1] < 0.1 < losses[0]
    assert list(model.config.id2label.values()) == recipe.served.class_names
    (prediction,) = recipe.trainer.predict(model, tokenizer, [row], arguments)
    assert recipe.scorer.metrics([prediction], [row])["f1"] == 1.0
    (entity,) = prediction.entities
    text: Any = recipe.served.request(row)["inputs"]
    assert text[entity["start"] : entity["end"]] == "xyz qu"
    assert recipe.served.disagreement([entity], prediction, 0.02) is None
    assert recipe.served.disagreement([], prediction, 0.02) is not None
    assert (
        recipe.served.disagreement([entity | {"score": 0.5}], prediction, 0.02)
        is not None
    )
    details = recipe.scorer.details([prediction], [row])
    assert details["labels"] == tuple(recipe.served.class_names)
    assert sum(map(sum, details["confusion"])) == (4 if "tokens" in row else 8)


def test_what_was_cut_off_counts_as_not_found() -> None:
    prediction = TokenTags(["O"], [(0, 2)])
    assert SPANS.scorer.metrics([prediction], [MARKED])["recall"] == 0.0
    tagged = TokenTags(["B-PER"], [(0, 3)])
    result = TAGS.scorer.metrics(
        [tagged], [TAGGED | {"tags": ["B-PER", "O", "O", "B-PER"]}]
    )
    assert (result["precision"], result["recall"], result["token_accuracy"]) == (
        1.0,
        0.5,
        0.75,
    )


def test_entities_at_a_tie_may_differ() -> None:
    entity = {"entity_group": "PER", "start": 0, "end": 3, "score": 0.51}
    tied = TaggedRow(
        ["O", "O"],
        [(0, 3), (9, 12)],
        leads=[0.03, 0.9],
        confidences=[0.5, 0.9],
        entities=[],
    )
    assert TAGS.served.disagreement([entity], tied, 0.02) is None
    certain = replace(tied, leads=[0.2, 0.9])
    assert (
        TAGS.served.disagreement([entity], certain, 0.02)
        == "[('PER', 0, 3)] instead of []"
    )


def test_baselines_count_words() -> None:
    train: list[Row] = [
        TAGGED,
        {"tokens": ["xyz"], "tags": ["B-PER"]},
        {"tokens": ["it"], "tags": ["O"]},
    ]
    trivial = TAGS.scorer.trivial_baseline(train, [TAGGED])
    assert (trivial.name, trivial.metrics["f1"], trivial.metrics["token_accuracy"]) == (
        "always 'O'",
        0.0,
        0.5,
    )
    reference = TAGS.scorer.reference_baseline(train, [TAGGED])
    assert reference is not None
    assert reference.metrics["f1"] == 1.0
    spans = SPANS.scorer.reference_baseline([MARKED], [MARKED])
    assert spans is not None
    assert spans.metrics["f1"] == 1.0


def test_a_slow_tokenizer_is_refused() -> None:
    class Slow:
        is_fast = False

    with pytest.raises(BaseModelError) as raised:
        TAGS.trainer.prepare(None, Slow(), resolve({}, {}))
    assert str(raised.value) == (
        "expected a base model with a fast tokenizer (tokenizer.json); found Slow. Choose another base_model."
    )


def test_every_form_asks_for_its_text() -> None:
    assert TAGS.served.request(TAGGED) == {"inputs": "xyz qu was bad"}
    assert SPANS.served.request(MARKED) == {"inputs": "it was xyz qu."}
