"""Our entities against transformers' own pipeline on the same weights, and what is refused."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import pipeline as transformers_pipeline

from inference.predictors.token_classification import TokenClassifier, load
from inference.predictors.tokens import Text
from inference.protocols.errors import ArchiveError, InvalidRequestError, ModelError
from tests.properties import scaled
from tests.tiny_models import build_byte_tagger, build_tagger
from tests.unit.inference.answers import assert_alike, loosely

TEXTS = [
    "the good film was lovely",
    "",
    " ",
    "Ünïcödé 漢字 🙂👩‍👩‍👧 <b>&amp; naïve café!",
    "unknownword abcdefgh, bad!? music-plot's",
    "[SEP] [MASK] film",
    "a\tb\n\ncast  plot",
    "good " * 100,
]
STRATEGIES = ("none", "simple", "first", "average", "max")
BUILDERS = {"words": build_tagger, "bytes": build_byte_tagger}


@pytest.fixture(scope="module", params=BUILDERS)
def folder(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    build: Callable[[Path], Path] = BUILDERS[request.param]
    return build(tmp_path_factory.mktemp("tagger"))


@pytest.fixture(scope="module")
def tagger(folder: Path) -> TokenClassifier:
    return load(folder)


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Callable[..., Any]:
    theirs = transformers_pipeline(
        "token-classification", model=str(folder), device="cpu"
    )

    def answer(inputs: Any, **parameters: Any) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Tokenizer does not support real words")
            return theirs(inputs, **parameters)

    return answer


def assert_same(ours: Any, theirs: Any) -> None:
    assert_alike(ours, theirs, _leaf)


def _leaf(ours: Any, theirs: Any) -> None:
    assert list(ours) == list(theirs)
    assert type(ours["score"]) is float
    assert ours == {**theirs, "score": pytest.approx(float(theirs["score"]), abs=1e-5)}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("text", TEXTS, ids=json.dumps)
def test_answers_as_the_pipeline_does(
    tagger: TokenClassifier, pipeline: Callable[..., Any], text: str, strategy: str
) -> None:
    assert_same(
        tagger(text, aggregation_strategy=strategy),
        pipeline(text, aggregation_strategy=strategy),
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_list_is_answered_as_the_pipeline_does(
    tagger: TokenClassifier, pipeline: Callable[..., Any], strategy: str
) -> None:
    parameters = {"aggregation_strategy": strategy}
    assert_same(tagger(TEXTS, **parameters), pipeline(TEXTS, **parameters))
    assert_same(tagger(TEXTS[:1], **parameters), pipeline(TEXTS[:1], **parameters))


@pytest.mark.parametrize(
    "ignored", [[], ["O", "PER"], ["B-PER", "I-LOC"]], ids=json.dumps
)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_ignored_labels_are_those_of_the_pipeline(
    tagger: TokenClassifier,
    pipeline: Callable[..., Any],
    strategy: str,
    ignored: list[str],
) -> None:
    parameters = {"aggregation_strategy": strategy, "ignore_labels": ignored}
    assert_same(tagger(TEXTS[:5], **parameters), pipeline(TEXTS[:5], **parameters))


@settings(max_examples=scaled(30))
@given(text=st.text(max_size=60), strategy=st.sampled_from(STRATEGIES))
def test_any_text_is_answered_as_the_pipeline_does(
    tagger: TokenClassifier, pipeline: Callable[..., Any], text: str, strategy: str
) -> None:
    assert_same(
        tagger(text, aggregation_strategy=strategy),
        pipeline(text, aggregation_strategy=strategy),
    )


def test_entities_are_grouped_unless_told_otherwise(tagger: TokenClassifier) -> None:
    grouped = tagger(TEXTS[0], aggregation_strategy="simple", ignore_labels=[])
    assert tagger(TEXTS[0], ignore_labels=[]) == grouped
    assert tagger(TEXTS[0], aggregation_strategy=None, ignore_labels=[]) == grouped
    assert tagger(TEXTS[0], ignore_labels=None) == [
        item for item in grouped if item["entity_group"] != "O"
    ]
    assert {"entity_group", "score", "word", "start", "end"} == set(grouped[0])


def test_offsets_are_those_of_the_users_text(tmp_path: Path) -> None:
    tagger = load(build_tagger(tmp_path))
    text = "🙂 naïve CAFÉ, the Film"
    for strategy in STRATEGIES:
        pieces = tagger(text, aggregation_strategy=strategy, ignore_labels=[])
        result = "".join(text[piece["start"] : piece["end"]] for piece in pieces)
        assert "".join(result.split()) == "".join(text.split())


def test_pieces_are_those_of_the_weights(tagger: TokenClassifier) -> None:
    batch = loosely(tagger.tokenizer)(
        TEXTS[0], return_tensors="pt", return_special_tokens_mask=True
    )
    special = batch.pop("special_tokens_mask")[0].tolist()
    with torch.no_grad():
        scores = loosely(tagger.model)(**batch).logits[0].softmax(-1)
    result = tagger(TEXTS[0], aggregation_strategy="none", ignore_labels=[])
    best = [
        (index, *row.max(-1)) for index, row in enumerate(scores) if not special[index]
    ]
    assert [item["index"] for item in result] == [index for index, _, _ in best]
    assert [item["entity"] for item in result] == [
        tagger.tag(int(label)) for _, _, label in best
    ]
    assert [item["score"] for item in result] == pytest.approx(
        [float(score) for _, score, _ in best], abs=1e-5
    )


def test_many_answered_together_are_answered_as_alone(tagger: TokenClassifier) -> None:
    words = " ".join(TEXTS[:5]).split()
    texts = [" ".join(words[: n % 20]) for n in range(50)]
    assert_same(tagger(texts), [tagger(text) for text in texts])


def test_text_beyond_the_limit_is_cut_and_marked(tagger: TokenClassifier) -> None:
    long, short = tagger.predict([Text("good " * 300), Text("good")])
    assert (long.truncated, short.truncated) == (True, False)


def test_damaged_weights_are_an_error_not_an_answer(folder: Path) -> None:
    tagger = load(folder)
    with torch.no_grad():
        next(iter(loosely(tagger.model).parameters())).fill_(np.nan)
    with pytest.raises(ModelError) as caught:
        tagger("the film")
    assert str(caught.value) == (
        "the model answered with NaN or infinity: its weights are damaged. Train it again."
    )


def test_a_tokenizer_that_knows_no_places_is_refused(tagger: TokenClassifier) -> None:
    class Slow:
        is_fast = False

    with pytest.raises(ArchiveError) as caught:
        TokenClassifier(tagger.model, loosely(Slow()))
    assert str(caught.value) == (
        "expected a fast tokenizer, which knows where a token stands; found Slow. Save tokenizer.json with the model."
    )


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (3, "inputs: expected a text; found the number 3. Send a string."),
        ([], "inputs: expected at least one text; found an empty list. Send a text."),
        (["a", None], "inputs[1]: expected a text; found null. Send a string."),
        ({"text": "a"}, "inputs: expected a text; found an object. Send a string."),
        ([["a"]], "inputs[0]: expected a text; found a list. Send a string."),
    ],
)
def test_wrong_inputs_are_named(
    tagger: TokenClassifier, inputs: Any, message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        tagger(inputs)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"stride": 2},
            "parameters.stride: expected only aggregation_strategy, ignore_labels; found 'stride'. Remove it.",
        ),
        (
            {"aggregation_strategy": "best"},
            "parameters.aggregation_strategy: expected none, simple, first, average, max; found 'best'. "
            "Leave it out for the default.",
        ),
        (
            {"ignore_labels": "O"},
            "parameters.ignore_labels: expected a list of labels; found 'O'. Leave it out for [\"O\"].",
        ),
    ],
)
def test_wrong_parameters_are_named(
    tagger: TokenClassifier, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        tagger("x", **parameters)
    assert str(caught.value) == message
