"""Our vectors against transformers' own pipeline on the same weights, pooled ones, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import pipeline as transformers_pipeline

from inference.predictors.embedding import Embedder, load
from inference.predictors.tokens import Text
from inference.protocols.errors import InvalidRequestError, ModelError
from tests.tiny_model import POSITIONS, build
from tests.unit.inference.answers import assert_alike, loosely

INPUTS: list[Any] = [
    "a good film",
    "",
    "Ünïcödé 漢字 🙂 <b>&amp;",
    ["a good film"],
    ["a good film", "", "the music was very very good, the plot not"],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def embedder(folder: Path) -> Embedder:
    return load(folder)


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Any:
    return transformers_pipeline("feature-extraction", model=str(folder), device="cpu")


def assert_same(ours: Any, theirs: Any) -> None:
    assert_alike(ours, theirs, _leaf)


def _leaf(ours: Any, theirs: Any) -> None:
    assert ours == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize("inputs", INPUTS, ids=json.dumps)
def test_answers_as_the_pipeline_does(
    embedder: Embedder, pipeline: Any, inputs: Any
) -> None:
    assert_same(embedder(inputs), pipeline(inputs))


def test_text_beyond_the_limit_is_cut_as_the_pipeline_cuts_it(
    embedder: Embedder, pipeline: Any
) -> None:
    assert_same(embedder("good " * 100), pipeline("good " * 100, truncation=True))
    long, short = embedder.predict([Text("good " * POSITIONS), Text("good")])
    assert (long.truncated, short.truncated) == (True, False)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_one_vector_a_text_is_pooled_from_its_tokens(
    embedder: Embedder, pipeline: Any, pooling: str
) -> None:
    texts = ["a good film", "bad", "the music was very very good, the plot not"]
    tokens = [np.array(item[0]) for item in pipeline(texts)]
    pooled = np.array(
        [item.mean(axis=0) if pooling == "mean" else item[0] for item in tokens]
    )
    assert embedder(texts, pooling=pooling, normalize=False) == pytest.approx(
        pooled, abs=1e-5
    )
    unit = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
    assert embedder(texts, pooling=pooling) == pytest.approx(unit, abs=1e-5)
    assert embedder(texts[0], pooling=pooling) == pytest.approx(unit[0], abs=1e-5)


def test_sentences_are_compared_by_the_angle_of_their_vectors(
    embedder: Embedder,
) -> None:
    others = ["bad", "a good film", "the music"]
    result = embedder({"source_sentence": "a good film", "sentences": others})
    source, *vectors = np.array(embedder(["a good film", *others], pooling="mean"))
    assert result == pytest.approx(
        [float(source @ vector) for vector in vectors], abs=1e-5
    )
    assert result[1] == pytest.approx(1.0, abs=1e-5)


def test_vectors_are_those_of_the_weights(embedder: Embedder) -> None:
    with torch.no_grad():
        batch = loosely(embedder.tokenizer)("a good film", return_tensors="pt")
        hidden = loosely(embedder.model)(**batch).last_hidden_state
    assert embedder("a good film") == pytest.approx(hidden.numpy(), abs=1e-5)


def test_many_answered_together_are_answered_as_alone(embedder: Embedder) -> None:
    texts = ["good " * (n % 30) + "film" for n in range(40)]
    alone = [embedder(text, pooling="mean") for text in texts]
    assert embedder(texts, pooling="mean") == pytest.approx(np.array(alone), abs=1e-5)


def test_pooling_of_training_is_taken_from_the_config(tmp_path: Path) -> None:
    config = json.loads((build(tmp_path) / "config.json").read_text())
    config["task_specific_params"] = {"feature-extraction": {"pooling": "mean"}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    trained = load(tmp_path)
    vector = trained("a good film")
    assert vector == trained("a good film", pooling="mean", normalize=True)
    assert np.linalg.norm(vector) == pytest.approx(1.0)
    assert trained(["a good film"]) == [vector]
    assert len(trained("a good film", pooling="none")[0]) == 5


def test_damaged_weights_are_an_error_not_an_answer(folder: Path) -> None:
    for parameters in ({}, {"pooling": "mean"}):
        embedder = load(folder)
        with torch.no_grad():
            loosely(embedder.model).embeddings.word_embeddings.weight.fill_(np.nan)
        with pytest.raises(ModelError) as caught:
            embedder("x", **parameters)
        assert str(caught.value) == (
            "the model answered with NaN or infinity: its weights are damaged. Train it again."
        )


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (3, "inputs: expected a text; found the number 3. Send a string."),
        ([], "inputs: expected at least one text; found an empty list. Send a text."),
        (
            ["a", {"text": "b"}],
            "inputs[1]: expected a text; found an object. Send a string.",
        ),
        (
            {"text": "b"},
            "inputs.text: expected only source_sentence and sentences; found 'text'. Remove it.",
        ),
        (
            {"source_sentence": "a"},
            "inputs.sentences: expected a list of texts; found null. Send at least one.",
        ),
        (
            {"source_sentence": "a", "sentences": []},
            "inputs.sentences: expected a list of texts; found a list. Send at least one.",
        ),
        (
            {"sentences": ["a"]},
            "inputs.source_sentence: expected a text; found null. Send a string.",
        ),
        (
            {"source_sentence": "a", "sentences": ["b", 1]},
            "inputs.sentences[1]: expected a text; found the number 1. Send a string.",
        ),
    ],
)
def test_wrong_inputs_are_named(embedder: Embedder, inputs: Any, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        embedder(inputs)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"top_k": 1},
            "parameters.top_k: expected only pooling, normalize; found 'top_k'. Remove it.",
        ),
        (
            {"pooling": "max"},
            "parameters.pooling: expected mean, cls, none; found 'max'. Leave it out for the default.",
        ),
        (
            {"normalize": "no"},
            "parameters.normalize: expected true or false; found 'no'. Leave it out for false.",
        ),
    ],
)
def test_wrong_parameters_are_named(
    embedder: Embedder, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        embedder("x", **parameters)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "pooling",
    ["cls", "mean", "max", "lasttoken", "weightedmean", "mean_sqrt_len_tokens"],
)
def test_texts_are_compared_as_sentence_transformers_does(
    folder: Path, tmp_path: Path, pooling: str
) -> None:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from sentence_transformers.sentence_transformer.modules import (  # noqa: PLC0415
        Pooling,
        Transformer,
    )

    reader = Transformer(str(folder), max_seq_length=9)
    pool = Pooling(reader.get_embedding_dimension(), pooling)
    peer = SentenceTransformer(
        modules=[reader, pool],
        device="cpu",
        prompts={"query": "the film "},
        default_prompt_name="query",
    )
    peer.save(str(tmp_path))
    texts = ["a good film", "bad", "the music was very very good, the plot not", "plot"]
    expected = peer.similarity(peer.encode(texts[:1]), peer.encode(texts[1:]))[0]
    inputs = {"source_sentence": texts[0], "sentences": texts[1:]}
    assert load(tmp_path)(inputs) == pytest.approx(expected.tolist(), abs=1e-5)
