from __future__ import annotations

import math
import statistics

from benchmarks.serving_texts import MEDIAN_WORDS, MOST_WORDS, SPREAD, cut, lengths, texts


def test_lengths_are_log_normal_and_bounded() -> None:
    found = lengths(2000)
    assert statistics.median(found) == MEDIAN_WORDS
    assert max(found) == MOST_WORDS
    assert min(found) >= 1
    inner = [math.log(each) for each in found if each < MOST_WORDS]
    assert abs(statistics.stdev(inner) - SPREAD) < 0.1


def test_any_stretch_has_about_the_same_mix() -> None:
    found = lengths(512)
    means = [statistics.mean(found[start : start + 64]) for start in range(0, 512, 64)]
    assert max(means) < 1.2 * min(means)


def test_words_stay_in_their_order() -> None:
    assert cut(iter(["a", "b", "c", "d", "e", "f"]), [2, 1, 3]) == ["a b", "c", "d e f"]


def test_texts_have_their_lengths_and_are_the_same_in_every_run() -> None:
    found = texts(64)
    assert [len(text.split()) for text in found] == lengths(64)
    assert found == texts(64)
    assert len(set(found)) == 64
