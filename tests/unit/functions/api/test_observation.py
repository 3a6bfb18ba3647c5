from __future__ import annotations

import json
import random
from typing import Any

import pytest

from contracts.drift import AnswerStatistics
from contracts.model_record import ModelRecord
from functions.api.observation import Observer, statistics_of
from tests.unit.functions.fakes.answer_counts import MemoryAnswerCounts

GOOD, BAD = {"label": "good", "score": 0.95}, {"label": "bad", "score": 0.05}
MODEL = ModelRecord(
    "reviews", "e", "", task="text-classification", custom=False, long_text=10
)


@pytest.mark.parametrize(
    ("inputs", "answer", "labels"),
    [
        ("short", [GOOD], {"good": 1}),
        ("short", [GOOD, BAD], {"good": 1}),
        (["short", "short"], [GOOD, BAD], {"good": 1, "bad": 1}),
        (["short", "short"], [[GOOD, BAD], [BAD]], {"good": 1, "bad": 1}),
    ],
    ids=["one", "all labels", "several", "several with all labels"],
)
def test_the_likeliest_label_of_each_input_is_counted(
    inputs: Any, answer: Any, labels: dict[str, int]
) -> None:
    seen = statistics_of(MODEL, {"inputs": inputs}, answer)
    assert seen.labels == labels
    assert seen.answers == sum(labels.values())
    assert set(seen.confidence) <= {"9", "0"}


def test_a_score_of_one_is_of_the_last_tenth() -> None:
    answer = [{"label": "good", "score": 1.0}]
    assert statistics_of(MODEL, {"inputs": "x"}, answer).confidence == {"9": 1}


def test_texts_are_counted_by_their_length_and_not_kept() -> None:
    texts = ["short", "much longer than that"]
    seen = statistics_of(MODEL, {"inputs": texts}, [GOOD, BAD])
    assert (seen.texts, seen.long_texts) == (2, 1)
    assert "longer" not in json.dumps(seen.write())


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ({}, [GOOD]),
        ([], [GOOD]),
        ({"inputs": "x"}, "text"),
        ({"inputs": "x"}, [{"summary_text": "y"}]),
        ({"inputs": ["x"]}, [[]]),
        ({"inputs": "x", "parameters": {"function_to_apply": "none"}}, [GOOD]),
    ],
)
def test_what_has_no_scored_label_names_none(request_: Any, answer: Any) -> None:
    assert statistics_of(MODEL, request_, answer).answers == 0


def test_about_as_many_calls_are_counted_as_are_wanted() -> None:
    counts = MemoryAnswerCounts()
    observer = Observer(25, lambda: counts, random.Random(1))
    for _ in range(1000):
        observer.observe(MODEL, {"inputs": "x"}, json.dumps([GOOD]), "reviews-1")
    assert 200 < counts.of("reviews", "reviews-1").answers < 300


def test_a_count_that_cannot_be_written_fails_no_prediction() -> None:
    def broken() -> MemoryAnswerCounts:
        raise RuntimeError("no table")

    Observer(100, broken).observe(MODEL, {"inputs": "x"}, json.dumps([GOOD]), "r")


def test_models_with_code_of_their_own_are_left_alone() -> None:
    counts = MemoryAnswerCounts()
    own = ModelRecord("own", "e", "", task="text-classification", custom=True)
    observer = Observer(100, lambda: counts)
    observer.observe(own, {"inputs": "x"}, json.dumps([GOOD]), "own-1")
    assert counts.of("own", "own-1") == AnswerStatistics()
