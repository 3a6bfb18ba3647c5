from __future__ import annotations

import math
import statistics

from benchmarks.serving_texts import (
    MEDIAN_WORDS,
    MOST_WORDS,
    SPREAD,
    cut,
    lengths,
    texts,
)


def test_lengths_are_log_normal_and_bounded() -> None:
    sizes = lengths(2000)
    assert statistics.median(sizes) == MEDIAN_WORDS
    assert max(sizes) == MOST_WORDS
    assert min(sizes) >= 1
    inner = [math.log(size) for size in sizes if size < MOST_WORDS]
    assert abs(statistics.stdev(inner) - SPREAD) < 0.1


def test_any_stretch_has_about_the_same_mix() -> None:
    sizes = lengths(512)
    means = [statistics.mean(sizes[start : start + 64]) for start in range(0, 512, 64)]
    assert max(means) < 1.2 * min(means)


def test_words_stay_in_their_order() -> None:
    assert cut(iter(["a", "b", "c", "d", "e", "f"]), [2, 1, 3]) == ["a b", "c", "d e f"]


def test_texts_have_their_lengths_and_are_the_same_in_every_run() -> None:
    sample = texts(64)
    assert [len(text.split()) for text in sample] == lengths(64)
    assert sample == texts(64)
    assert len(set(sample)) == 64
