from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.spec import Spec
from functions.batch.requests import MAX_REQUEST_BYTES, RequestMaker, RowProblemError
from tests.unit.functions.specs import spec

REVIEWS = Spec.read(spec())
PAIRS = Spec.read(
    spec(columns={"text": "claim", "text_pair": "evidence", "label": "l"})
)
TRANSLATION = Spec.read(
    spec(task="translation", columns={"source": "en", "target": "de"})
)
ANSWERS = Spec.read(
    spec(
        task="question-answering",
        columns={"question": "q", "context": "passage", "answers": "a"},
    )
)
OWN_CODE = Spec.read(spec(hooks=["input_fn", "predict_fn"]))
UNKNOWN = Spec.read(spec(task="", columns={}))


def request(of: Spec, row: Any, **parameters: Any) -> Any:
    return json.loads(RequestMaker.of(of, parameters).request(row))


@pytest.mark.parametrize(
    ("of", "row", "inputs"),
    [
        (REVIEWS, {"id": "1", "review": "good"}, "good"),
        (REVIEWS, {"Review ": "good"}, "good"),
        (REVIEWS, {"text": "good", "sentiment": "x"}, "good"),
        (REVIEWS, {"inputs": "good", "id": 3}, "good"),
        (REVIEWS, {"inputs": "[sic] good"}, "[sic] good"),
        (REVIEWS, "good", "good"),
        # A second text is one only where the training data had one.
        (REVIEWS, {"review": "good", "question": "why?"}, "good"),
        (PAIRS, {"claim": "a", "evidence": "b"}, {"text": "a", "text_pair": "b"}),
        (TRANSLATION, {"en": "Save", "de": "Sichern"}, "Save"),
        (
            ANSWERS,
            {"q": "Who?", "passage": "Ada"},
            {"question": "Who?", "context": "Ada"},
        ),
        (
            ANSWERS,
            {"inputs": '{"question": "Who?", "context": "Ada"}'},
            {"question": "Who?", "context": "Ada"},
        ),
    ],
)
def test_a_row_becomes_the_request_of_its_task(of: Spec, row: Any, inputs: Any) -> None:
    assert request(of, row) == {"inputs": inputs}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"review": ""}, "expected a text; found an empty cell"),
        ({"stars": 5}, "expected a text; found an empty cell"),
        ({"inputs": 5}, "inputs: "),
        ({"inputs": ""}, "inputs: "),
        (None, "inputs: "),
        ({"inputs": "a", "parameters": {"top_q": 1}}, "top_q"),
        ({"review": "x" * (MAX_REQUEST_BYTES + 1)}, "at most 5,242,880 bytes"),
        ({"review": "\ud800"}, "surrogate"),
    ],
)
def test_a_row_that_the_task_does_not_take_is_refused(row: Any, words: str) -> None:
    with pytest.raises(RowProblemError, match=words):
        request(REVIEWS, row)


def test_parameters_are_of_every_row_that_has_none() -> None:
    assert request(REVIEWS, {"review": "a"}, top_k=2)["parameters"] == {"top_k": 2}
    own = {"inputs": "a", "parameters": {"top_k": 1}}
    assert request(REVIEWS, own, top_k=2)["parameters"] == {"top_k": 1}


@pytest.mark.parametrize("of", [OWN_CODE, UNKNOWN])
def test_code_of_its_own_gets_rows_as_they_are(of: Spec) -> None:
    assert request(of, {"image": "abc"}) == {"image": "abc"}
    assert request(of, {"inputs": [1, 2]}) == {"inputs": [1, 2]}


def test_a_table_without_a_column_to_ask_with_is_refused_as_a_whole() -> None:
    maker = RequestMaker.of(REVIEWS, {})
    assert maker.require_columns(["id", "review"]) == ""
    assert maker.require_columns(["inputs"]) == ""
    assert RequestMaker.of(UNKNOWN, {}).require_columns(["x"]) == ""
    assert maker.require_columns(["id", "stars"]) == (
        "Expected 'review', as in the training data, or 'inputs'; "
        "found 2 columns: 'id', 'stars'. Rename a column."
    )
