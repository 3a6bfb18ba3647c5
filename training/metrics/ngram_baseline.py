"""A language model that only counts words, or tokens of a model: what a neural one has to beat."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import cached_property

from training.metrics.sums import TokenCounts

Splitter = Callable[[str], list[str]]

MAX_WORDS = 2_000_000
"""More words to count would not change which are frequent."""
BIGRAM_WEIGHT = 0.7
"""Of a word's share among the followers of the word before, against its share of all words."""
MAX_CANDIDATES = 50


class BigramModel:
    """Counts of the words of texts and of their followers, interpolated as by Jelinek and Mercer (1980)."""

    def __init__(self, texts: Sequence[str], split: Splitter = str.split) -> None:
        """Reads texts until `MAX_WORDS` words are counted; `split` takes a text apart into words or tokens."""
        self._split = split
        self._words: Counter[str] = Counter()
        self._followers: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            words = self._split(text)
            self._words.update(words)
            for before, word in _with_previous(words):
                self._followers[before][word] += 1
            if self._words.total() > MAX_WORDS:
                break

    @cached_property
    def most_frequent(self) -> str:
        """Empty where there is no word."""
        return self._words.most_common(1)[0][0] if self._words else ""

    @cached_property
    def _total(self) -> int:
        return self._words.total() + len(self._words) + 1

    def word_probability(self, word: str) -> float:
        """A word's share of all words, with one added to every count, as Laplace smoothing does."""
        return (self._words[word] + 1) / self._total

    def by_frequency(self, text: str) -> TokenCounts:
        """Each word predicted as the most frequent one."""
        words = self._split(text)
        loss = -sum(math.log(self.word_probability(word)) for word in words)
        return TokenCounts(loss, len(words), words.count(self.most_frequent))

    def by_previous_word(self, text: str) -> TokenCounts:
        """Each word predicted as the most frequent one after the word before."""
        words = self._split(text)
        correct = 0
        for before, word in _with_previous(words):
            correct += self._follower(before) == word
        return TokenCounts(self._loss(words), len(words), correct)

    def by_neighbours(self, text: str) -> TokenCounts:
        """Each word predicted as the most frequent one between its neighbours; the loss is that of the word before."""
        words = self._split(text)
        followers = [*words[1:], ""]
        correct = 0
        for (before, word), after in zip(_with_previous(words), followers, strict=True):
            correct += self._between(before, after) == word
        return TokenCounts(self._loss(words), len(words), correct)

    def _loss(self, words: Sequence[str]) -> float:
        """In nats, summed over the words."""
        probabilities = [
            self._probability_after(before, word)
            for before, word in _with_previous(words)
        ]
        return -sum(map(math.log, probabilities))

    def _probability_after(self, before: str, word: str) -> float:
        followers = self._followers.get(before)
        if not followers:
            return self.word_probability(word)
        share = followers[word] / followers.total()
        return BIGRAM_WEIGHT * share + (1 - BIGRAM_WEIGHT) * self.word_probability(word)

    def _follower(self, before: str) -> str:
        followers = self._followers.get(before)
        return followers.most_common(1)[0][0] if followers else self.most_frequent

    def _between(self, before: str, after: str) -> str:
        followers = self._followers.get(before)
        if not followers:
            return self.most_frequent

        def likelihood(candidate: tuple[str, int]) -> tuple[float, int]:
            word, count = candidate
            return self._share_followed_by(word, after), count

        best, _ = max(followers.most_common(MAX_CANDIDATES), key=likelihood)
        return best

    def _share_followed_by(self, word: str, after: str) -> float:
        """How often `after` follows the word, of all its occurrences; 0 at the end of a text, where none does."""
        if not after or word not in self._followers:
            return 0.0
        return self._followers[word][after] / self._words[word]


def _with_previous(words: Sequence[str]) -> list[tuple[str, str]]:
    """Each word after the word before it, which is empty for the first."""
    return list(zip(["", *words], words, strict=False))
