"""The texts that all servers get: real film reviews, cut or joined to log-normal lengths."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from statistics import NormalDist

from localcloud.packaged_data import package_csv, read_reviews, sample

MEDIAN_WORDS, MOST_WORDS, SPREAD = 25, 200, 0.8
TEXTS = 512
_GOLDEN_RATIO = (math.sqrt(5) - 1) / 2
_SOURCE_ROWS, _SEED = 4000, 7


def lengths(count: int) -> list[int]:
    """The number of words of each text.

    Any stretch of the list has about the same mix, so that a slow server gets the same mix as a fast one: the quantiles
    follow the additive recurrence of the golden ratio, a low-discrepancy sequence.
    """
    logarithms = NormalDist(math.log(MEDIAN_WORDS), SPREAD)
    sizes = []
    for number in range(count):
        quantile = (0.5 + number * _GOLDEN_RATIO) % 1
        words = round(math.exp(logarithms.inv_cdf(quantile)))
        sizes.append(max(1, min(MOST_WORDS, words)))
    return sizes


def cut(words: Iterator[str], sizes: Sequence[int]) -> list[str]:
    """Texts of these numbers of words, which are taken in their order."""
    return [" ".join(islice(words, size)) for size in sizes]


def texts(count: int = TEXTS) -> list[str]:
    """The same texts in every run: reviews one after the other, cut where a text is long enough."""
    rows = sample(read_reviews(package_csv()), _SOURCE_ROWS, _SEED)
    words: list[str] = []
    for review, _ in rows:
        words += review.split()
    return cut(cycle(words), lengths(count))
