"""Our answers against those of transformers 4.57's pipeline, the last there was, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from inference.predictors.question_answering import Question, QuestionAnswerer, load
from inference.protocols.errors import InvalidRequestError, ModelError
from tests.tiny_models import build_reader
from tests.unit.inference.answers import assert_alike, loosely
from tests.unit.inference.golden import golden

SHORT = {
    "question": "What was the film?",
    "context": "The film was good, the music was lovely and the plot not bad.",
}
WORDS = ("the", "film", "was", "good", "and", "music", "dull", ".")
ONE_ANSWER = [
    record
    for record in golden("question-answering")
    if "top_k" not in record["parameters"]
]
"""With `top_k`, the pipeline added up more spans, and so its scores depended on it."""
LONG = "the film was good and the music dull. " * 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_reader(tmp_path_factory.mktemp("reader"))


@pytest.fixture(scope="module")
def reader(folder: Path) -> QuestionAnswerer:
    return load(folder)


def assert_same(ours: Any, theirs: Any) -> None:
    assert_alike(ours, theirs, _leaf)


def _leaf(ours: Any, theirs: Any) -> None:
    assert list(ours) == ["score", "start", "end", "answer"]
    assert ours == {**theirs, "score": pytest.approx(theirs["score"], abs=1e-3)}


@pytest.mark.parametrize("record", ONE_ANSWER, ids=json.dumps)
def test_answers_as_the_pipeline_did(
    reader: QuestionAnswerer, record: dict[str, Any]
) -> None:
    assert_same(reader(record["inputs"], **record["parameters"]), record["answer"])


@pytest.mark.parametrize("record", golden("question-answering"), ids=json.dumps)
def test_an_answers_score_is_the_same_whatever_top_k_is(
    reader: QuestionAnswerer, record: dict[str, Any]
) -> None:
    request = reader.parse(record["inputs"], record["parameters"] | {"top_k": 1000})
    for item, every in zip(request.items, reader.predict(request.items), strict=True):
        for top_k in (1, 2, 5, 20):
            (output,) = reader.predict([replace(item, top_k=top_k)])
            assert output.best == every.best[:top_k]


@pytest.mark.parametrize("record", golden("question-answering"), ids=json.dumps)
def test_there_are_as_many_answers_as_the_pipeline_had(
    reader: QuestionAnswerer, record: dict[str, Any]
) -> None:
    ours = reader(record["inputs"], **record["parameters"])
    assert_alike(ours, record["answer"], lambda one, theirs: None)


@pytest.mark.parametrize("record", golden("question-answering"), ids=json.dumps)
def test_answers_are_parts_of_the_users_context(
    reader: QuestionAnswerer, record: dict[str, Any]
) -> None:
    request = reader.parse(record["inputs"], record["parameters"])
    for item, output in zip(request.items, reader.predict(request.items), strict=True):
        for best in output.best:
            assert best["answer"] == item.context[best["start"] : best["end"]]


def test_best_answer_is_that_of_the_weights(reader: QuestionAnswerer) -> None:
    tokenizer = loosely(reader.tokenizer)
    batch = tokenizer(
        SHORT["question"],
        SHORT["context"],
        return_tensors="pt",
        return_offsets_mapping=True,
    )
    places, parts = (
        batch.pop("offset_mapping")[0].tolist(),
        np.array(batch.sequence_ids(0), dtype=object),
    )
    with torch.no_grad():
        output = loosely(reader.model)(**batch)
    inside = torch.tensor(parts == 1)
    inside[0] = True
    start, end = (
        logits[0].masked_fill(~inside, -1e4).softmax(-1)
        for logits in (output.start_logits, output.end_logits)
    )
    score = torch.outer(start, end).triu().tril(14)
    score[0] = 0
    begin, stop = divmod(int(score.argmax()), len(start))
    answer = reader(SHORT, align_to_words=False)
    assert (answer["start"], answer["end"]) == (places[begin][0], places[stop][1])
    assert answer["score"] == pytest.approx(float(score.max()), abs=1e-5)


def test_windows_hold_the_whole_context(reader: QuestionAnswerer) -> None:
    for stride in (0, 10, 40, 10_000):
        windows = reader.windows(0, Question("What?", LONG, stride))
        covered = {place for window in windows for place in window.places if place}
        assert {LONG[begin:stop] for begin, stop in covered} <= set(WORDS)
        assert max(stop for _, stop in covered) == len(LONG.rstrip())
        assert len(windows) < 120


def test_a_long_question_is_cut_where_a_word_ends(reader: QuestionAnswerer) -> None:
    item = Question("Good FILM " * 50, "the plot", 0)
    (window,) = reader.windows(0, item)
    assert len(window.row) == 64 // 2 + 2 + 3
    assert reader.tokenizer.decode(window.row.columns["input_ids"]).startswith(
        "[CLS] good film good film"
    )


def test_many_answered_together_are_answered_as_alone(reader: QuestionAnswerer) -> None:
    words = LONG.split()
    items = [
        Question("What was it?", " ".join(words[: n * 7 + 1]), 16, top_k=3)
        for n in range(20)
    ]
    items += [
        replace(items[0], impossible=True),
        replace(items[-1], window=32),
        replace(items[-1], align=False),
    ]
    for item, together in zip(items, reader.predict(items), strict=True):
        assert_same(together.best, reader.predict([item])[0].best)


def test_settings_of_training_are_taken_from_the_config(tmp_path: Path) -> None:
    folder = build_reader(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    settings = {"doc_stride": 7, "handle_impossible_answer": True}
    config["task_specific_params"] = {"question-answering": settings}
    (folder / "config.json").write_text(json.dumps(config))
    (item,) = load(folder).parse(SHORT, {}).items
    assert (item.stride, item.impossible, item.window) == (7, True, 64)
    (item,) = (
        load(folder)
        .parse(SHORT, {"handle_impossible_answer": False, "doc_stride": 3})
        .items
    )
    assert (item.stride, item.impossible) == (3, False)


def test_a_context_without_tokens_has_no_answer(reader: QuestionAnswerer) -> None:
    assert reader({"question": "What?", "context": "\u0001"}) == {
        "score": 0.0,
        "start": 0,
        "end": 0,
        "answer": "",
    }


def test_damaged_weights_are_an_error_not_an_answer(folder: Path) -> None:
    reader = load(folder)
    with torch.no_grad():
        loosely(reader.model).qa_outputs.bias.fill_(np.nan)
    with pytest.raises(
        ModelError,
        match=r"^the model answered with NaN or infinity: its weights are damaged",
    ):
        reader(SHORT)


NOT_A_PAIR = 'Send {"question": "…", "context": "…"}.'
NAMES = "top_k, handle_impossible_answer, max_answer_len, max_seq_len, doc_stride, align_to_words"


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            "x",
            f"inputs: expected an object with question and context; found 'x'. {NOT_A_PAIR}",
        ),
        (
            None,
            f"inputs: expected an object with question and context; found null. {NOT_A_PAIR}",
        ),
        ([], "inputs: expected at least one text; found an empty list. Send a text."),
        (
            [SHORT, 3],
            f"inputs[1]: expected an object with question and context; found the number 3. {NOT_A_PAIR}",
        ),
        (
            {"question": "a"},
            "inputs.context: expected a text; found null. Send a string.",
        ),
        (
            {"context": "a"},
            "inputs.question: expected a text; found null. Send a string.",
        ),
        (
            {"question": " ", "context": "a"},
            "inputs.question: expected a text; found an empty one. Fill it in.",
        ),
        (
            {"question": "a", "context": ""},
            "inputs.context: expected a text; found an empty one. Fill it in.",
        ),
        (
            {"question": "a", "context": ["b"]},
            "inputs.context: expected a text; found a list. Send a string.",
        ),
        (
            SHORT | {"id": 1},
            "inputs.id: expected only the fields question and context; found 'id'. Remove it.",
        ),
        (
            {"question": ["a", "b", "c"], "context": ["d", "e"]},
            "inputs.context: expected a context, or one for each of the 3 questions; found 2. "
            "Send as many contexts as questions.",
        ),
        (
            {"question": [], "context": "d"},
            "inputs.question: expected at least one question; found an empty list. Send a question.",
        ),
        (
            {"question": ["a", 1], "context": "d"},
            "inputs.question[1]: expected a text; found the number 1. Send a string.",
        ),
        (
            {"question": ["a"], "context": "d", "id": 1},
            "inputs.id: expected only the fields question and context; found 'id'. Remove it.",
        ),
    ],
)
def test_wrong_inputs_are_named(
    reader: QuestionAnswerer, inputs: Any, message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        reader(inputs)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"topk": 1},
            f"parameters.topk: expected only {NAMES}; found 'topk'. Remove it.",
        ),
        (
            {"top_k": 0},
            "parameters.top_k: expected a whole number from 1; found the number 0. Leave it out for 1.",
        ),
        (
            {"max_answer_len": 1.5},
            "parameters.max_answer_len: expected a whole number from 1; found the number 1.5. Leave it out for 15.",
        ),
        (
            {"max_seq_len": 4},
            "parameters.max_seq_len: expected a whole number from 16; found the number 4. Leave it out for 64.",
        ),
        (
            {"doc_stride": -1},
            "parameters.doc_stride: expected a whole number from 0; found the number -1. Leave it out for 32.",
        ),
        (
            {"doc_stride": 41, "max_seq_len": 40},
            "parameters.doc_stride: expected at most the 40 tokens of a window; found the number 41. "
            "Leave it out, or raise max_seq_len.",
        ),
        (
            {"handle_impossible_answer": "yes"},
            "parameters.handle_impossible_answer: expected true or false; found 'yes'. Leave it out for false.",
        ),
        (
            {"align_to_words": 1},
            "parameters.align_to_words: expected true or false; found the number 1. Leave it out for true.",
        ),
    ],
)
def test_wrong_parameters_are_named(
    reader: QuestionAnswerer, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        reader(SHORT, **parameters)
    assert str(caught.value) == message


def test_several_answers_are_a_list_also_where_there_is_one(
    reader: QuestionAnswerer,
) -> None:
    question = {"question": "Who?", "context": "Acme"}
    answers = reader(question, top_k=3, max_answer_len=10**25)
    assert [answer["answer"] for answer in answers] == ["Acme"]
    assert reader(question)["answer"] == "Acme"
