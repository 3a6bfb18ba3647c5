from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from tasks import Row, get_task
from tests.unit.training.recipes.learning import learn
from training.common.errors import BaseModelError, DataError
from training.common.types import IGNORED_LABEL
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of
from training.recipes.masked_lm import RandomMasking, predict_masked

RECIPE = recipe_of(get_task("fill-mask"), ())
ROWS: list[Row] = [
    {"text": "the council met and decided to build a bridge"},
    {"text": "save the file"},
    {"text": "a"},
]


@pytest.fixture
def tokenizer(masked_bert: Path) -> Any:
    return AutoTokenizer.from_pretrained(masked_bert)


def test_of_the_chosen_tokens_most_are_masked_and_some_swapped() -> None:
    ids = torch.full((200, 500), 7)
    hidden, labels = RandomMasking(4, 1000, 0.2)(
        ids, ids, torch.Generator().manual_seed(1)
    )
    chosen = labels != IGNORED_LABEL
    assert chosen.float().mean().item() == pytest.approx(0.2, abs=0.01)
    assert (labels[chosen] == 7).all()
    assert (hidden[~chosen] == 7).all()
    assert (hidden[chosen] == 4).float().mean().item() == pytest.approx(0.8, abs=0.01)
    assert (hidden[chosen] == 7).float().mean().item() == pytest.approx(0.1, abs=0.01)


def test_special_tokens_are_never_chosen(tokenizer: Any) -> None:
    arguments = resolve({"max_length": 32, "mlm_probability": 0.9}, {})
    batch = RECIPE.trainer.collator(tokenizer, None, arguments)(
        RECIPE.trainer.encode(tokenizer, ROWS, arguments)
    )
    masking: RandomMasking = vars(RECIPE.trainer)["masking"]
    for _ in range(20):
        hidden, labels = masking(batch["input_ids"], batch["labels"])
        special = torch.isin(
            batch["input_ids"], torch.tensor(tokenizer.all_special_ids)
        )
        assert (labels[special] == IGNORED_LABEL).all()
        assert torch.equal(hidden[special], batch["input_ids"][special])


def test_a_batch_of_one_short_text_still_has_a_token_to_guess() -> None:
    candidates = torch.tensor([[IGNORED_LABEL, 9, IGNORED_LABEL]])
    for _ in range(20):
        _, labels = RandomMasking(4, 10, 0.01)(torch.tensor([[1, 9, 2]]), candidates)
        assert labels.tolist() == [[IGNORED_LABEL, 9, IGNORED_LABEL]]


def test_evaluation_hides_the_same_tokens_every_time_and_training_others(
    masked_bert: Path, tokenizer: Any
) -> None:
    model, arguments = (
        RECIPE.trainer.load_model(str(masked_bert)),
        resolve({"max_length": 32}, {}),
    )
    batch = RECIPE.trainer.collator(tokenizer, None, arguments)(
        RECIPE.trainer.encode(tokenizer, ROWS, arguments)
    )

    def loss() -> float:
        value: Any = RECIPE.trainer.loss(model, batch)
        return float(value.item())

    model.eval()
    assert loss() == loss()
    model.train()
    assert len({loss() for _ in range(5)}) > 1


def test_long_texts_come_in_pieces_and_texts_without_known_tokens_not_at_all(
    tokenizer: Any,
) -> None:
    rows = [{"text": "the river " * 20}, {"text": "水"}]
    examples = RECIPE.trainer.encode(tokenizer, rows, resolve({"max_length": 16}, {}))
    assert [len(example["input_ids"]) for example in examples] == [16, 16, 14]
    with pytest.raises(DataError) as raised:
        RECIPE.trainer.encode(tokenizer, rows[1:], resolve({"max_length": 16}, {}))
    assert str(raised.value) == (
        "expected texts in the base model's alphabet; found none with a token that it knows. Choose another base_model."
    )


@pytest.mark.parametrize("side", ["left", "right"])
def test_batches_of_an_evaluation_give_what_single_rows_give(
    side: str, masked_bert: Path, tokenizer: Any
) -> None:
    tokenizer.padding_side = side
    model = RECIPE.trainer.load_model(str(masked_bert)).eval()
    if side == "left":
        # Its positions are counted from the left, padding included: only the order of things is looked at.
        model.bert.embeddings.position_embeddings.weight.data.zero_()
    ids = [tokenizer(row["text"])["input_ids"] for row in ROWS]
    chosen = [[1, 2], [2], [1]]
    batched = predict_masked(model, tokenizer, ids, chosen)
    single = [
        predict_masked(model, tokenizer, [one], [places])[0]
        for one, places in zip(ids, chosen, strict=True)
    ]
    for one, other in zip(batched, single, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
        assert (one.tokens, one.correct) == (other.tokens, other.correct)


def test_words_are_learnt_and_a_row_s_request_is_answered(
    masked_bert: Path, tokenizer: Any
) -> None:
    arguments = resolve(
        {"epochs": 60, "learning_rate": 1e-3, "max_length": 32, "mlm_probability": 0.3},
        {},
    )
    model, losses = learn(
        RECIPE,
        RECIPE.trainer.load_model(str(masked_bert)),
        tokenizer,
        ROWS[:2],
        arguments,
    )
    assert np.mean(losses[-5:]) < losses[0] / 2
    predictions = RECIPE.trainer.predict(model, tokenizer, ROWS, arguments)
    again = RECIPE.trainer.predict(model, tokenizer, ROWS, arguments)
    assert [element.loss for element in predictions] == [
        element.loss for element in again
    ]
    assert RECIPE.scorer.metrics(predictions, ROWS)["top_1"] > 0.4
    token = int(predictions[0].scores.argmax())
    answer = {"token": token, "score": float(predictions[0].scores[token])}
    assert RECIPE.served.disagreement([answer], predictions[0], 0.02) is None
    assert (
        RECIPE.served.disagreement([answer | {"score": 3.0}], predictions[0], 0.02)
        is not None
    )


def test_the_first_word_is_asked_for() -> None:
    assert RECIPE.served.request(ROWS[1]) == {
        "inputs": "<mask> the file",
        "parameters": {"top_k": 1},
    }
    assert RECIPE.served.request({"text": "one <mask> two"})["inputs"] == "<mask> two"


def test_a_base_model_without_mask_is_refused(llama: Path) -> None:
    with pytest.raises(BaseModelError) as raised:
        RECIPE.trainer.prepare(
            None, AutoTokenizer.from_pretrained(llama), resolve({}, {})
        )
    assert str(raised.value) == (
        "expected a base model with a mask token; found none in its tokenizer. Choose another base_model."
    )


def test_the_trivial_baseline_is_the_most_frequent_word() -> None:
    result = RECIPE.scorer.trivial_baseline(ROWS, [{"text": "the a"}])
    assert result.name in ("always 'the' (over words)", "always 'a' (over words)")
    assert result.metrics["top_1"] == 0.5
