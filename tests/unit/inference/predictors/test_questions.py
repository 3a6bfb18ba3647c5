from __future__ import annotations

import pytest

from inference.predictors.questions import Defaults, check_parameters, questions_of
from inference.protocols.errors import InvalidRequestError

DEFAULTS = Defaults(
    window=384, limit=512, stride=None, impossible=False, max_answer_len=15
)


def test_one_context_is_shared_by_a_list_of_questions() -> None:
    assert questions_of({"question": ["a", "b"], "context": "c"}) == [
        ("a", "c"),
        ("b", "c"),
    ]
    assert questions_of({"question": ["a", "b"], "context": ["c", "d"]}) == [
        ("a", "c"),
        ("b", "d"),
    ]
    assert questions_of([{"question": "a", "context": "c"}]) == [("a", "c")]


def test_windows_overlap_by_half_at_most_unless_asked_for() -> None:
    assert check_parameters({}, DEFAULTS).stride == 128
    assert check_parameters({"max_seq_len": 100}, DEFAULTS).stride == 50
    assert check_parameters({"doc_stride": 3}, DEFAULTS).stride == 3


def test_a_window_is_no_longer_than_the_model_reads() -> None:
    assert check_parameters({"max_seq_len": 9999}, DEFAULTS).window == 512


def test_a_stride_beyond_the_window_is_refused() -> None:
    with pytest.raises(
        InvalidRequestError,
        match=r"^parameters\.doc_stride: expected at most the 40 tokens",
    ):
        check_parameters({"doc_stride": 41, "max_seq_len": 40}, DEFAULTS)


def test_a_question_carries_the_options_of_its_request() -> None:
    question = check_parameters(
        {"top_k": 3, "align_to_words": False}, DEFAULTS
    ).question("q", "c")
    assert (question.question, question.context, question.top_k, question.align) == (
        "q",
        "c",
        3,
        False,
    )
