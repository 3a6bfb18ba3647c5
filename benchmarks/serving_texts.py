"""The mix of texts all servers are asked about: real film reviews, their lengths log-normal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import cycle, islice
from statistics import NormalDist

from localcloud.packaged_data import package_csv, read_reviews, sample

MEDIAN_WORDS, MOST_WORDS, SPREAD = 25, 200, 0.8
TEXTS = 512
_GOLDEN = (math.sqrt(5) - 1) / 2
_SOURCE_ROWS, _SEED = 4000, 7


def lengths(count: int) -> list[int]:
    """Words of each text. Any stretch of the list has about the same mix: a slow server is asked as a fast one is."""
    normal = NormalDist(math.log(MEDIAN_WORDS), SPREAD)
    shares = ((0.5 + number * _GOLDEN) % 1 for number in range(count))
    return [max(1, min(MOST_WORDS, round(math.exp(normal.inv_cdf(share))))) for share in shares]


def cut(words: Iterator[str], sizes: Sequence[int]) -> list[str]:
    """The words in their order, so many to each text."""
    return [" ".join(islice(words, size)) for size in sizes]


def texts(count: int = TEXTS) -> list[str]:
    """The same in every run: reviews one after the other, cut where a text is long enough."""
    drawn = sample(read_reviews(package_csv()), _SOURCE_ROWS, _SEED)
    words = (word for review, _ in drawn for word in review.split())
    return cut(cycle(words), lengths(count))
