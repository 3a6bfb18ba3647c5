"""Our fillings against transformers' own pipeline on the same weights, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer
from transformers import pipeline as transformers_pipeline

from inference.predictors.masked_lm import MaskFiller, load
from inference.protocols.errors import ArchiveError, InvalidRequestError, ModelError
from tests.tiny_models import build_masked_bert
from tests.unit.inference.answers import assert_alike, loosely

INPUTS: list[Any] = [
    "the [MASK] was good",
    "[MASK]",
    "the [MASK] was [MASK], [PAD] and [MASK]",
    "Ünïcödé 漢字 🙂 [MASK] <b>",
    ["the [MASK] was good", "a [MASK] and a [MASK]", "bad [MASK]"],
    ["the [MASK] was good"],
    ["a [MASK] and a [MASK]"],
]
PARAMETERS: list[dict[str, Any]] = [
    {},
    {"top_k": 1},
    {"top_k": 9},
    {"targets": "film"},
    {"targets": ["film", "music", "film"], "top_k": 4},
    {"targets": ["qqqq", "good"]},
    {"targets": [" ", "good"]},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_masked_bert(tmp_path_factory.mktemp("masked"))


@pytest.fixture(scope="module")
def filler(folder: Path) -> MaskFiller:
    return load(folder)


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Any:
    return transformers_pipeline("fill-mask", model=str(folder), device="cpu")


def assert_same(ours: Any, theirs: Any) -> None:
    assert_alike(ours, theirs, _leaf)


def _leaf(ours: Any, theirs: Any) -> None:
    assert list(ours) == ["score", "token", "token_str", "sequence"]
    assert ours == {**theirs, "score": pytest.approx(theirs["score"], abs=1e-5)}


@pytest.mark.parametrize("parameters", PARAMETERS, ids=json.dumps)
@pytest.mark.parametrize("inputs", INPUTS, ids=json.dumps)
def test_answers_as_the_pipeline_does(
    filler: MaskFiller, pipeline: Any, inputs: Any, parameters: dict[str, Any]
) -> None:
    assert_same(filler(inputs, **parameters), pipeline(inputs, **parameters))


def test_the_best_token_is_that_of_the_weights(filler: MaskFiller) -> None:
    batch = loosely(filler.tokenizer)("the [MASK] was good", return_tensors="pt")
    with torch.no_grad():
        scores = loosely(filler.model)(**batch).logits[0, 2].softmax(-1)
    (answer,) = filler("the [MASK] was good", top_k=1)
    assert answer["token"] == int(scores.argmax())
    assert answer["score"] == pytest.approx(float(scores.max()), abs=1e-5)


def test_every_model_understands_the_same_mask(filler: MaskFiller) -> None:
    assert filler("the <mask> was good") == filler("the [MASK] was good")


def test_many_answered_together_are_answered_as_alone(filler: MaskFiller) -> None:
    texts = ["good " * (n % 17) + "[MASK]" + " plot" * (n % 5) for n in range(40)]
    assert_same(filler(texts), [filler(text) for text in texts])


def test_targets_leave_the_limit_of_texts_as_it_is(filler: MaskFiller) -> None:
    before = filler("[MASK] " + "good " * 100, top_k=1)
    filler("[MASK]", targets=["qqqq"])
    loosely(filler.tokenizer)("film")
    assert filler("[MASK] " + "good " * 100, top_k=1) == before


def test_more_than_there_are_gives_all(filler: MaskFiller) -> None:
    assert len(filler("[MASK]", top_k=9999)) == len(loosely(filler.tokenizer))


def test_a_tokenizer_without_mask_is_refused(folder: Path, filler: MaskFiller) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.mask_token = None
    with pytest.raises(ArchiveError) as caught:
        MaskFiller(filler.model, tokenizer)
    assert str(caught.value) == (
        f"expected a tokenizer with a mask token; {type(tokenizer).__name__} has none. "
        "Set mask_token in tokenizer_config.json, or HF_TASK to another task."
    )


def test_damaged_weights_are_an_error_not_an_answer(folder: Path) -> None:
    filler = load(folder)
    with torch.no_grad():
        loosely(filler.model).cls.predictions.bias.fill_(np.nan)
    with pytest.raises(ModelError) as caught:
        filler("[MASK]")
    assert str(caught.value) == (
        "the model answered with NaN or infinity: its weights are damaged. Train it again."
    )


NO_MASK = "Write [MASK] in the place of the word that is sought."
BEYOND = "inputs: expected every mask within what the model reads; found one beyond. Send a shorter text."


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (3, "inputs: expected a text; found the number 3. Send a string."),
        ([], "inputs: expected at least one text; found an empty list. Send a text."),
        ("", f"inputs: expected a text with [MASK] in it; found ''. {NO_MASK}"),
        (
            ["a [MASK]", "b"],
            f"inputs[1]: expected a text with [MASK] in it; found 'b'. {NO_MASK}",
        ),
        (
            {"text": "[MASK]"},
            "inputs: expected a text; found an object. Send a string.",
        ),
        ("good " * 100 + "[MASK]", BEYOND),
        ("[MASK] " + "good " * 100 + "[MASK]", BEYOND),
    ],
)
def test_wrong_inputs_are_named(filler: MaskFiller, inputs: Any, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        filler(inputs)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"k": 1}, "parameters.k: expected only top_k, targets; found 'k'. Remove it."),
        (
            {"top_k": 0},
            "parameters.top_k: expected a whole number from 1; found the number 0. Leave it out for 5.",
        ),
        (
            {"targets": 3},
            "parameters.targets: expected a word or a list of words; found the number 3. Leave it out.",
        ),
        (
            {"targets": []},
            "parameters.targets: expected a word or a list of words; found a list. Leave it out.",
        ),
        (
            {"targets": [" "]},
            "parameters.targets: expected words that the model has tokens for; found ' '. Leave it out.",
        ),
    ],
)
def test_wrong_parameters_are_named(
    filler: MaskFiller, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        filler("[MASK]", **parameters)
    assert str(caught.value) == message
