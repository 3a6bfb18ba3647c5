"""The words and spans of a tagged row, aligned with the sub-words of a tokenizer by their offsets in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from tasks import Row
from training.common.types import FloatArray
from training.metrics.entities import entities

WORD = re.compile(r"\S+")
Offset: TypeAlias = tuple[int, int]
"""Start and end in the text."""


class TaggedWord(NamedTuple):
    """A word of a row of tokens, by its offset in `text_of` the row."""

    start: int
    end: int
    tag: str


def text_of(row: Row) -> str:
    """The text as it is, or the tokens with a space between them."""
    return str(row["text"]) if "text" in row else " ".join(row["tokens"])


def tagged_words(row: Row) -> Iterator[TaggedWord]:
    """The words of a row of tokens."""
    start = 0
    for token, tag in zip(row["tokens"], row["tags"], strict=True):
        yield TaggedWord(start, start + len(token), tag)
        start += len(token) + 1


def words_of(row: Row) -> list[tuple[str, str]]:
    """Words with their tags; the words of a text are those between spaces."""
    if "tokens" in row:
        return list(zip(row["tokens"], row["tags"], strict=True))
    offsets = [match.span() for match in WORD.finditer(row["text"])]
    words = [row["text"][start:end] for start, end in offsets]
    return list(zip(words, span_tags(row, offsets), strict=True))


def subword_tags(row: Row, offsets: Sequence[Offset]) -> list[str | None]:
    """The tag of each sub-word; None where it touches no word."""
    if "spans" in row:
        return list(span_tags(row, offsets))
    tags: list[str | None] = [None] * len(offsets)
    for word, first in first_subwords(row, offsets):
        if first is None:
            continue
        tags[first] = word.tag
        inside = f"I-{word.tag[2:]}" if word.tag.startswith("B-") else word.tag
        for index in range(first + 1, len(offsets)):
            if offsets[index][0] >= word.end:
                break
            tags[index] = inside
    return tags


def first_subwords(
    row: Row, offsets: Sequence[Offset]
) -> list[tuple[TaggedWord, int | None]]:
    """Each word with the index of its first sub-word; None where it was cut off, or has none of its own.

    By overlap, because some tokenizers count the space before a word as part of it.
    """
    matched: list[tuple[TaggedWord, int | None]] = []
    index = 0
    for word in tagged_words(row):
        while index < len(offsets) and offsets[index][1] <= word.start:
            index += 1
        overlaps = index < len(offsets) and offsets[index][0] < word.end
        matched.append((word, index if overlaps else None))
        index += overlaps
    return matched


def span_tags(row: Row, offsets: Sequence[Offset]) -> list[str]:
    """The tag of each offset: that of the first span it touches, `B-` for the first offset that touches the span."""
    seen: set[int] = set()
    tags = []
    for offset in offsets:
        number = _touched_span(row, offset)
        if number is None:
            tags.append("O")
            continue
        position = "I" if number in seen else "B"
        tags.append(f"{position}-{row['spans'][number]['label']}")
        seen.add(number)
    return tags


def _touched_span(row: Row, offset: Offset) -> int | None:
    """The index of the first span that overlaps the offset."""
    start, end = offset
    for number, span in enumerate(row["spans"]):
        if span["start"] < end and start < span["end"]:
            return number
    return None


def expected_entities(row: Row) -> list[str]:
    """The entities of a row in words, such as `New York (LOC)`."""
    if "spans" in row:
        return [
            f"{row['text'][span['start'] : span['end']]} ({span['label']})"
            for span in row["spans"]
        ]
    shown = []
    for entity in sorted(entities(row["tags"]), key=lambda entity: entity.first):
        words = " ".join(row["tokens"][entity.first : entity.last + 1])
        shown.append(f"{words} ({entity.name})")
    return shown


def lead_of(scores: FloatArray) -> float:
    """The best of the scores, of shape (tags,), less the next best."""
    if len(scores) < 2:
        return 1.0
    second, first = np.sort(scores)[-2:]
    return float(first - second)
