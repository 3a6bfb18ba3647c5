"""Our predictor against transformers' own pipeline on the same weights, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModel, AutoTokenizer
from transformers import pipeline as transformers_pipeline

from inference.predictors import loader_of
from inference.predictors.text_classification import TextClassifier, load
from inference.predictors.tokens import Text
from inference.protocols.errors import ArchiveError, InvalidRequestError, ModelError
from tasks import TASKS
from tests.properties import scaled
from tests.tiny_model import POSITIONS
from tests.unit.inference.answers import assert_alike, loosely
from tests.unit.inference.model_folder import LABELS
from tests.unit.inference.tiny import build_model

PAIR = {"text": "the film", "text_pair": "was bad"}
INPUTS: list[Any] = [
    "a good film",
    "",
    ["a good film", "bad!", "the music was very very good, the plot not"],
    ["one"],
    PAIR,
    {"text": "no pair"},
    [PAIR, {"text": "no pair"}, {"text": "a", "text_pair": "b c d e f g"}],
    "Ünïcödé 漢字 🙂 <b>&amp;",
]
PARAMETERS: list[dict[str, Any]] = [
    {},
    {"top_k": None},
    {"top_k": 1},
    {"top_k": 2},
    {"top_k": 99},
    {"function_to_apply": "sigmoid"},
    {"function_to_apply": "none", "top_k": None},
    {"function_to_apply": "softmax", "top_k": 2},
]


@pytest.fixture(scope="module")
def classifier(tiny_model: Path) -> TextClassifier:
    return load(tiny_model)


@pytest.fixture(scope="module")
def pipeline(tiny_model: Path) -> Any:
    return transformers_pipeline(
        "text-classification", model=str(tiny_model), device="cpu"
    )


def assert_same(ours: Any, theirs: Any) -> None:
    assert_alike(ours, theirs, _leaf)


def _leaf(ours: Any, theirs: Any) -> None:
    assert list(ours) == ["label", "score"]
    assert ours["label"] == theirs["label"]
    assert ours["score"] == pytest.approx(theirs["score"], abs=1e-5)


@pytest.mark.parametrize("parameters", PARAMETERS, ids=json.dumps)
@pytest.mark.parametrize("inputs", INPUTS, ids=json.dumps)
def test_answers_as_the_pipeline_does(
    classifier: TextClassifier, pipeline: Any, inputs: Any, parameters: dict[str, Any]
) -> None:
    assert_same(classifier(inputs, **parameters), pipeline(inputs, **parameters))


@settings(max_examples=scaled(30))
@given(
    texts=st.lists(
        st.text(alphabet="abgod !.fim", max_size=50), min_size=1, max_size=12
    )
)
def test_any_mix_of_lengths_answers_as_the_pipeline_does(
    classifier: TextClassifier, pipeline: Any, texts: list[str]
) -> None:
    assert_same(classifier(texts, top_k=None), pipeline(texts, top_k=None))


@pytest.mark.parametrize(
    ("labels", "config"),
    [
        (("a", "b", "c"), {"problem_type": "multi_label_classification"}),
        (("score",), {}),
        (("score",), {"problem_type": "regression"}),
    ],
)
def test_default_function_follows_the_kind_of_problem(
    tmp_path: Path, labels: tuple[str, ...], config: dict[str, Any]
) -> None:
    folder = build_model(tmp_path, labels, **config)
    theirs = transformers_pipeline(
        "text-classification", model=str(folder), device="cpu"
    )
    assert_same(
        load(folder)(["a good film", "bad"], top_k=None),
        theirs(["a good film", "bad"], top_k=None),
    )


def test_text_beyond_the_limit_is_cut_and_marked(classifier: TextClassifier) -> None:
    long, short = classifier.predict(
        [Text("good " * POSITIONS), Text("good " * (POSITIONS - 2))]
    )
    assert (long.truncated, short.truncated) == (True, False)
    assert long.values == pytest.approx(short.values, abs=1e-5)


def test_pair_beyond_the_limit_is_cut(classifier: TextClassifier) -> None:
    (output,) = classifier.predict([Text("good " * POSITIONS, "bad " * POSITIONS)])
    assert output.truncated


def test_limit_is_that_of_the_weights_where_the_tokenizer_has_none(
    tmp_path: Path,
) -> None:
    folder = build_model(tmp_path)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(
        json.dumps(config | {"model_max_length": 10**30})
    )
    (output,) = load(folder).predict([Text("good " * 500)])
    assert output.truncated


def test_answers_do_not_depend_on_who_shares_the_pass(
    classifier: TextClassifier,
) -> None:
    texts = [Text("good " * n) for n in range(1, 60)]
    together = classifier.predict(texts)
    alone = [classifier.predict([text])[0] for text in texts]
    for one, other in zip(together, alone, strict=True):
        assert one.values == pytest.approx(other.values, abs=1e-5)


def test_the_best_label_is_that_of_the_weights(classifier: TextClassifier) -> None:
    with torch.no_grad():
        batch = loosely(classifier.tokenizer)("a good film", return_tensors="pt")
        logits = loosely(classifier.model)(**batch).logits[0]
    (answer,) = classifier("a good film")
    assert answer["label"] == LABELS[int(logits.argmax())]
    assert answer["score"] == pytest.approx(float(logits.softmax(-1).max()), abs=1e-5)


def test_damaged_weights_are_an_error_not_an_answer(tiny_model: Path) -> None:
    classifier = load(tiny_model)
    with torch.no_grad():
        loosely(classifier.model).classifier.bias.fill_(np.nan)
    with pytest.raises(
        ModelError,
        match=r"^the model answered with NaN or infinity: its weights are damaged",
    ):
        classifier("x")


def test_base_model_without_a_head_is_refused(tmp_path: Path) -> None:
    folder = build_model(tmp_path / "whole")
    AutoModel.from_pretrained(folder).save_pretrained(tmp_path / "base")
    AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path / "base")
    with pytest.raises(
        ArchiveError,
        match=r"found no classifier.bias, classifier.weight. A base model must be fine-tuned",
    ):
        load(tmp_path / "base")


def test_missing_weights_are_named(tmp_path: Path) -> None:
    (build_model(tmp_path) / "model.safetensors").unlink()
    with pytest.raises(
        ArchiveError,
        match=r"expected a model and a tokenizer in .*found .*model.safetensors",
    ):
        load(tmp_path)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            3,
            "inputs: expected a text or an object with text and text_pair; found the number 3. Send a string.",
        ),
        (
            None,
            "inputs: expected a text or an object with text and text_pair; found null. Send a string.",
        ),
        ([], "inputs: expected at least one text; found an empty list. Send a text."),
        (
            ["a", None],
            "inputs[1]: expected a text or an object with text and text_pair; found null. Send a string.",
        ),
        (
            [["a", "b"]],
            "inputs[0]: expected a text or an object with text and text_pair; found a list. Send a string.",
        ),
        (
            {"text": 1},
            "inputs.text: expected a text; found the number 1. Send a string.",
        ),
        ({}, "inputs.text: expected a text; found null. Send a string."),
        (
            {"text": "a", "text_pair": []},
            "inputs.text_pair: expected a text; found a list. Send a string.",
        ),
        (
            {"txt": "a"},
            "inputs.txt: expected only the fields text and text_pair; found 'txt'. Remove it.",
        ),
        (
            ["\ud800"],
            "inputs[0]: expected Unicode text; found half of a surrogate pair at character 0. Send the whole pair.",
        ),
    ],
)
def test_wrong_inputs_are_named(
    classifier: TextClassifier, inputs: Any, message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        classifier(inputs)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"topk": 1},
            "parameters.topk: expected only top_k, function_to_apply, truncation; found 'topk'. Remove it.",
        ),
        (
            {"top_k": 0},
            "parameters.top_k: expected a whole number from 1, or null for all labels; found the number 0. "
            "Send 1 for the best label.",
        ),
        (
            {"top_k": True},
            "parameters.top_k: expected a whole number from 1, or null for all labels; found true. "
            "Send 1 for the best label.",
        ),
        (
            {"function_to_apply": "tanh"},
            "parameters.function_to_apply: expected softmax, sigmoid, none; found 'tanh'. "
            "Leave it out for the default.",
        ),
        (
            {"truncation": False},
            "parameters.truncation: expected true; found false. "
            "Longer texts are always cut at the model's limit; leave it out.",
        ),
    ],
)
def test_wrong_parameters_are_named(
    classifier: TextClassifier, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        classifier("x", **parameters)
    assert str(caught.value) == message


def test_labels_are_those_of_the_config(classifier: TextClassifier) -> None:
    assert {score["label"] for score in classifier("x", top_k=None)} == set(LABELS)


def test_task_without_predictor_is_refused() -> None:
    with pytest.raises(ArchiveError) as caught:
        loader_of("object-detection")
    assert str(caught.value) == (
        f"expected one of the tasks {', '.join(TASKS)}; found 'object-detection'. "
        "Set HF_TASK, or pack a code/inference.py with a model_fn."
    )


def test_sentiment_analysis_is_text_classification() -> None:
    assert loader_of("sentiment-analysis") is load
