from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer

from tasks import Row, get_task
from tests.unit.training.recipes.learning import learn
from tests.unit.training.recipes.templates import CHATML
from training.common.types import IGNORED_LABEL
from training.inputs.hyperparameters import resolve
from training.recipes import recipe_of
from training.recipes.base import AnyRecipe
from training.recipes.causal_lm import count_predicted

PLAIN, COMPLETION, CHAT = (
    recipe_of(get_task("text-generation", variant), ())
    for variant in ("", "completion", "chat")
)
TEXTS: list[Row] = [
    {"text": "open the file"},
    {"text": "close the window and save the river"},
]
PROMPT: Row = {"prompt": "open the", "completion": "window"}
MESSAGES: Row = {
    "messages": [
        {"role": "user", "content": "open?"},
        {"role": "assistant", "content": "the window"},
    ]
}


@pytest.fixture
def tokenizer(llama: Path) -> Any:
    return AutoTokenizer.from_pretrained(llama)


def _learnt(tokenizer: Any, example: Any) -> str:
    labels = example["labels"]
    return str(tokenizer.decode(labels[labels != IGNORED_LABEL]))


@pytest.mark.parametrize("length", [4, 7, 16, 1000])
def test_packing_fills_sequences_and_loses_no_token(
    length: int, tokenizer: Any
) -> None:
    examples = PLAIN.trainer.encode(
        tokenizer, TEXTS, resolve({"max_length": length}, {})
    )
    lengths = [len(example["input_ids"]) for example in examples]
    assert all(element == length for element in lengths[:-1])
    ids = [token for example in examples for token in example["input_ids"].tolist()]
    whole = [
        token
        for row in TEXTS
        for token in [*tokenizer(row["text"])["input_ids"], tokenizer.eos_token_id]
    ]
    assert ids == whole[: len(ids)]
    assert len(whole) - len(ids) <= 1, (
        "only a last token alone, of which nothing can be foreseen"
    )
    assert all(
        np.array_equal(example["input_ids"], example["labels"]) for example in examples
    )


def test_without_packing_each_text_is_by_itself_and_long_ones_are_in_pieces(
    tokenizer: Any,
) -> None:
    examples = PLAIN.trainer.encode(
        tokenizer, TEXTS, resolve({"max_length": 16, "packing": False}, {})
    )
    texts = [tokenizer.decode(example["input_ids"]) for example in examples]
    assert texts[0] == "open the file<|endoftext|>"
    assert "".join(texts[1:]) == "close the window and save the river<|endoftext|>"


def test_of_a_prompt_and_its_completion_only_the_latter_is_learnt(
    tokenizer: Any,
) -> None:
    (example,) = COMPLETION.trainer.encode(
        tokenizer, [PROMPT], resolve({"max_length": 64}, {})
    )
    assert tokenizer.decode(example["input_ids"]) == "open the window<|endoftext|>"
    assert _learnt(tokenizer, example) == " window<|endoftext|>"


def test_everything_is_learnt_where_it_is_asked_for(tokenizer: Any) -> None:
    (example,) = COMPLETION.trainer.encode(
        tokenizer, [PROMPT], resolve({"max_length": 64, "loss_on": "all"}, {})
    )
    assert _learnt(tokenizer, example) == "open the window<|endoftext|>"


def test_of_a_long_prompt_the_end_is_kept(tokenizer: Any) -> None:
    row = {"prompt": "the river " * 50, "completion": "window"}
    (example,) = COMPLETION.trainer.encode(
        tokenizer, [row], resolve({"max_length": 12}, {})
    )
    assert len(example["input_ids"]) == 12
    assert _learnt(tokenizer, example) == "window<|endoftext|>"


def test_of_a_chat_only_the_answers_are_learnt(llama: Path, tokenizer: Any) -> None:
    model = CHAT.trainer.load_model(str(llama))
    CHAT.trainer.prepare(model, tokenizer, resolve({}, {}))
    (example,) = CHAT.trainer.encode(
        tokenizer, [MESSAGES], resolve({"max_length": 64}, {})
    )
    assert (
        tokenizer.decode(example["input_ids"])
        == "<|user|>\nopen?\n<|assistant|>\nthe window<|endoftext|>"
    )
    assert _learnt(tokenizer, example) == "the window<|endoftext|>"


def test_generation_stops_where_the_template_ends_an_answer(
    llama: Path, tokenizer: Any
) -> None:
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_end|>"]})
    tokenizer.chat_template = CHATML
    model = CHAT.trainer.load_model(str(llama))
    end = tokenizer.eos_token_id
    CHAT.trainer.prepare(model, tokenizer, resolve({}, {}))
    assert model.generation_config.eos_token_id == [
        end,
        tokenizer.convert_tokens_to_ids("<|im_end|>"),
    ]


def test_batches_are_padded_where_no_token_sees_it(tokenizer: Any) -> None:
    tokenizer.padding_side = "left"
    examples = COMPLETION.trainer.encode(
        tokenizer,
        [PROMPT, PROMPT | {"prompt": "save"}],
        resolve({"max_length": 64}, {}),
    )
    batch = COMPLETION.trainer.collator(tokenizer, None, resolve({}, {}))(examples)
    assert batch["attention_mask"][:, 0].tolist() == [1, 1]
    assert batch["attention_mask"][1, -1] == 0
    assert batch["labels"][1, -1] == IGNORED_LABEL


def test_batches_of_an_evaluation_give_what_single_rows_give(
    llama: Path, tokenizer: Any
) -> None:
    model = PLAIN.trainer.load_model(str(llama)).eval()
    texts = [
        "open",
        "open the file",
        "close the window and save the river",
        "the",
        "the council met",
    ]
    examples = PLAIN.trainer.encode(
        tokenizer,
        [{"text": text} for text in texts],
        resolve({"packing": False, "max_length": 64}, {}),
    )
    batched, single = (
        count_predicted(model, examples, 8),
        [count_predicted(model, [example], 1)[0] for example in examples],
    )
    for one, other, example in zip(batched, single, examples, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=1e-4)
        assert (one.tokens, one.correct) == (other.tokens, other.correct)
        ids = torch.tensor(example["input_ids"][None].astype(np.int64))
        mean = model(input_ids=ids, labels=ids).loss.item()
        assert one.loss / one.tokens == pytest.approx(mean, rel=1e-4)


def test_long_texts_are_judged_to_their_end(llama: Path, tokenizer: Any) -> None:
    model, row = (
        PLAIN.trainer.load_model(str(llama)).eval(),
        {"text": "the council met " * 20},
    )
    (result,) = PLAIN.trainer.predict(
        model, tokenizer, [row], resolve({"max_length": 16}, {})
    )
    length = len(tokenizer(row["text"])["input_ids"]) + 1
    assert result.tokens == length - math.ceil(length / 16)


@pytest.mark.parametrize(
    ("recipe", "row", "answer"),
    [
        (PLAIN, TEXTS[1], " save the river"),
        (COMPLETION, PROMPT, " window"),
        (CHAT, MESSAGES, "the window"),
    ],
)
def test_a_row_is_learnt_by_heart(
    recipe: AnyRecipe, row: Row, answer: str, llama: Path, tokenizer: Any
) -> None:
    arguments = resolve({"epochs": 30, "learning_rate": 5e-3, "max_length": 64}, {})
    model, losses = learn(
        recipe, recipe.trainer.load_model(str(llama)), tokenizer, [row], arguments
    )
    assert losses[-1] < 0.1 < losses[0]
    predictions = recipe.trainer.predict(model, tokenizer, [row], arguments)
    assert predictions[0].start.text.endswith(answer)
    result = recipe.scorer.metrics(predictions, [row])
    assert result["token_accuracy"] == 1.0
    assert result["perplexity"] == pytest.approx(math.exp(result["loss"]))
    assert recipe.scorer.details(predictions, [row])["samples"] == (
        {"request": recipe.served.request(row), "generated": predictions[0].start.text},
    )
    output = predictions[0].start.text
    assert (
        recipe.served.disagreement([{"generated_text": output}], predictions[0], 0.02)
        is None
    )
    assert (
        recipe.served.disagreement([{"generated_text": "?"}], predictions[0], 0.02)
        == f"'?' instead of {output!r}"
    )


def test_the_trivial_baseline_knows_how_often_words_come() -> None:
    scorer = recipe_of(get_task("text-generation"), ()).scorer
    result = scorer.trivial_baseline([{"text": "a a b"}], [{"text": "a b"}])
    assert result.name == "always 'a' (over words)"
    assert result.metrics["token_accuracy"] == 0.5
    assert result.metrics["loss"] == pytest.approx(
        -(math.log(3 / 6) + math.log(2 / 6)) / 2
    )


def test_baselines_count_the_models_own_tokens(tokenizer: Any) -> None:
    scorer = recipe_of(get_task("text-generation"), ()).scorer
    scorer.read_as(tokenizer)
    rows: list[Row] = [{"text": "open the window"}] * 3
    trivial, reference = (
        scorer.trivial_baseline(rows, rows),
        scorer.reference_baseline(rows, rows),
    )
    assert reference is not None
    assert trivial.name.endswith("(over tokens)")
    assert reference.name == "the most frequent one after the one before (over tokens)"
    tokens = len(tokenizer.tokenize("open the window")) + 1
    assert trivial.sums.columns[0][1] == tokens
    assert reference.metrics["token_accuracy"] > trivial.metrics["token_accuracy"]


def test_preparing_the_model_makes_the_scorer_read_its_tokens(tokenizer: Any) -> None:
    fresh = recipe_of(get_task("text-generation"), ())
    fresh.trainer.prepare(None, tokenizer, resolve({}, {}))
    assert fresh.scorer.trivial_baseline(TEXTS, TEXTS).name.endswith("(over tokens)")
