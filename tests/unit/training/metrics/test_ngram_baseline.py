from __future__ import annotations

import math

import pytest

from training.metrics.ngram_baseline import Words
from training.metrics.tfidf_nearest import nearest

TEXTS = ["the bridge is old", "the bridge is long", "a road is old"]


def test_each_word_is_guessed_by_the_one_before() -> None:
    found = Words(TEXTS).by_word_before("the bridge was old")
    assert (found["tokens"], found["right"]) == (4, 2)


def test_what_follows_often_is_less_of_a_surprise() -> None:
    words = Words(TEXTS)
    assert words.by_word_before("the bridge")["loss"] < words.by_word_before("bridge the")["loss"]
    assert words.by_word_before("unheard")["loss"] == pytest.approx(-math.log(0.3 * 1 / 20))


def test_a_hidden_word_is_guessed_from_both_sides() -> None:
    words = Words(["a b c", "a b c", "a d e"])
    assert words.by_words_around("a d e")["right"] == 3
    assert words.by_word_before("a d e")["right"] == 2


def test_nothing_to_count_is_no_error() -> None:
    words = Words([])
    assert words.usual == ""
    assert words.by_words_around("a b")["right"] == 0


def test_the_most_similar_text_is_found_by_its_words() -> None:
    assert nearest(TEXTS, ["an old road", "is the bridge long?"]) == [2, 1]
