from __future__ import annotations

import pytest

from benchmarks.serving_model import Agreement, Answer, agreement


def test_answers_agree_by_label_and_by_the_score_of_the_right_one() -> None:
    pairs = [
        (Answer("POSITIVE", 0.9), Answer("POSITIVE", 0.8)),
        (Answer("NEGATIVE", 0.6), Answer("POSITIVE", 0.7)),
    ]
    compared = agreement(pairs)
    assert (compared.answers, compared.equal_labels) == (2, 1)
    assert compared.largest == pytest.approx(0.3)
    assert agreement([]) == Agreement(0, 0, 0.0)
