from __future__ import annotations

from benchmarks.serving_model import Answer
from benchmarks.soak import questions


def test_only_questions_the_model_is_sure_of_are_taken() -> None:
    sure = questions(["a", "b"], [Answer("POSITIVE", 0.501), Answer("NEGATIVE", 0.8)])
    assert [(question.text, question.label, question.score) for question in sure] == [
        ("b", "NEGATIVE", 0.8)
    ]
