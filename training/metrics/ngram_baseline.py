"""Language models that only count words: what a neural one has to beat, over words instead of its tokens."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property

MOST_WORDS = 2_000_000
"""More to count would not change what is frequent."""
BY_NEIGHBOUR = 0.7
"""Weight of what follows the word before, against how frequent a word is anywhere."""
CANDIDATES = 50
Counts = dict[str, float]
"""`loss`, `tokens` and `right` of one row, as recipes of language models tell them."""


class Words:
    """Counts of the words of texts and of their followers."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._alone: Counter[str] = Counter()
        self._after: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text in texts:
            words = text.split()
            self._alone.update(words)
            for before, word in zip(["", *words], words, strict=False):
                self._after[before][word] += 1
            if self._alone.total() > MOST_WORDS:
                break

    @cached_property
    def usual(self) -> str:
        return self._alone.most_common(1)[0][0] if self._alone else ""

    @cached_property
    def _total(self) -> int:
        return self._alone.total() + len(self._alone) + 1

    def share(self, word: str) -> float:
        """Of a word among all; one that was never seen counts as one that nearly was."""
        return (self._alone[word] + 1) / self._total

    def always_usual(self, text: str) -> Counts:
        words = text.split()
        loss = -sum(math.log(self.share(word)) for word in words)
        return {"loss": loss, "tokens": len(words), "right": sum(word == self.usual for word in words)}

    def by_word_before(self, text: str, before: str = "") -> Counts:
        """Each word guessed as the most frequent one after the word before."""
        words = text.split()
        pairs = list(zip([before, *words], words, strict=False))
        loss = -sum(math.log(self._chance(*pair)) for pair in pairs)
        return {"loss": loss, "tokens": len(words), "right": sum(self._follower(b) == word for b, word in pairs)}

    def by_words_around(self, text: str) -> Counts:
        """Each word guessed as the one that stands most often between its neighbours."""
        words = text.split()
        around = zip(["", *words], words, [*words[1:], ""], strict=False)
        right = sum(self._between(before, after) == word for before, word, after in around)
        return self.by_word_before(text) | {"right": right}

    def _chance(self, before: str, word: str) -> float:
        followers = self._after.get(before)
        if not followers:
            return self.share(word)
        return BY_NEIGHBOUR * followers[word] / followers.total() + (1 - BY_NEIGHBOUR) * self.share(word)

    def _follower(self, before: str) -> str:
        followers = self._after.get(before)
        return followers.most_common(1)[0][0] if followers else self.usual

    def _between(self, before: str, after: str) -> str:
        followers = self._after.get(before)
        if not followers:
            return self.usual
        best = followers.most_common(CANDIDATES)
        return max(best, key=lambda each: (self._goes_on(each[0], after), each[1]))[0]

    def _goes_on(self, word: str, after: str) -> float:
        """How often the word is followed by that one; at the end of a text nobody knows."""
        return self._after[word][after] / self._alone[word] if after and word in self._after else 0.0
