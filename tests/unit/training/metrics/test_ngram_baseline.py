from __future__ import annotations

import math

import pytest

from training.metrics.ngram_baseline import BigramModel

TEXTS = ["the bridge is old", "the bridge is long", "a road is old"]


def test_each_word_is_guessed_by_the_one_before() -> None:
    result = BigramModel(TEXTS).by_previous_word("the bridge was old")
    assert (result.tokens, result.correct) == (4, 2)


def test_what_follows_often_is_less_of_a_surprise() -> None:
    words = BigramModel(TEXTS)
    assert (
        words.by_previous_word("the bridge").loss
        < words.by_previous_word("bridge the").loss
    )
    assert words.by_previous_word("unheard").loss == pytest.approx(
        -math.log(0.3 * 1 / 20)
    )


def test_a_hidden_word_is_guessed_from_both_sides() -> None:
    words = BigramModel(["a b c", "a b c", "a d e"])
    assert words.by_neighbours("a d e").correct == 3
    assert words.by_previous_word("a d e").correct == 2


def test_nothing_to_count_is_no_error() -> None:
    words = BigramModel([])
    assert words.most_frequent == ""
    assert words.by_neighbours("a b").correct == 0
