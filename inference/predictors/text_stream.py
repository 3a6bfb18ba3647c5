"""The text of tokens as they come: only whole characters, and nothing that a stop may still cut away."""

from __future__ import annotations

from collections.abc import Sequence

from .interfaces import Tokenizer

CONTEXT_TOKENS = 8
"""Tokens are read with so many before them: a decoder may strip the space that a text begins with."""
UNFINISHED = "\ufffd"
"""What a decoder writes for the first bytes of a character whose others are yet to come."""


class TextStream:
    """The text after a prompt, of one token after the other."""

    def __init__(
        self, tokenizer: Tokenizer, prompt: Sequence[int], stops: Sequence[str]
    ) -> None:
        self._tokenizer = tokenizer
        self._stops = stops
        self._ids = list(prompt[-CONTEXT_TOKENS:])
        self._start = 0
        self._read = len(self._ids)
        self._text = ""
        self._sent = 0
        self.stopped = False
        """Whether a stop is complete: the text ends before it."""

    def push(self, token: int) -> str:
        """The text that is now certain; empty where the token completes none."""
        self._ids.append(token)
        before = self._decode(self._ids[self._start : self._read])
        now = self._decode(self._ids[self._start :])
        if len(now) <= len(before) or now.endswith(UNFINISHED):
            return ""
        self._start, self._read = self._read, len(self._ids)
        self._text += now[len(before) :]
        end = len(self._text)
        if self._stops:
            end = self._certain_end()
        piece = self._text[self._sent : end]
        self._sent = max(self._sent, end)
        return piece

    def rest(self, text: str) -> str:
        """What is not sent yet of the whole text."""
        return text[self._sent :]

    def _decode(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(ids, skip_special_tokens=True)

    def _certain_end(self) -> int:
        """Where the first stop begins, or may begin with the last characters."""
        starts = [self._text.find(stop) for stop in self._stops]
        complete = [start for start in starts if start >= 0]
        if complete:
            self.stopped = True
            return min(complete)
        held_back = max(_overlap(self._text, stop) for stop in self._stops)
        return len(self._text) - held_back


def _overlap(text: str, stop: str) -> int:
    """The length of the longest beginning of the stop that the text ends with."""
    for length in range(min(len(stop) - 1, len(text)), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
