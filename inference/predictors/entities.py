"""Scored sub-words to entities, by the strategies of the `token-classification` pipeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

STRATEGIES = ("none", "simple", "first", "average", "max")
Join = Callable[[list[str]], str]
"""Sub-words to a readable text."""


@dataclass(frozen=True)
class Piece:
    """A sub-word: its place among the model's tokens and in the text, and a score for each label."""

    index: int
    word: str
    start: int
    end: int
    is_subword: bool
    scores: Any


def aggregate(pieces: Sequence[Piece], labels: Sequence[str], strategy: str, join: Join) -> list[dict[str, Any]]:
    """Entities with `entity_group`; under `none` every piece by itself, with `entity` and `index`."""
    if strategy in ("none", "simple"):
        found = [_of_piece(piece, labels) for piece in pieces]
    else:
        found = [_of_word(word, labels, strategy, join) for word in _words(pieces)]
    return found if strategy == "none" else [_grouped(group, join) for group in _groups(found)]


def _of_piece(piece: Piece, labels: Sequence[str]) -> dict[str, Any]:
    best = int(piece.scores.argmax())
    return {
        "entity": labels[best],
        "score": float(piece.scores[best]),
        "index": piece.index,
        "word": piece.word,
        "start": piece.start,
        "end": piece.end,
    }


def _words(pieces: Sequence[Piece]) -> list[list[Piece]]:
    words: list[list[Piece]] = []
    for piece in pieces:
        if words and piece.is_subword:
            words[-1].append(piece)
        else:
            words.append([piece])
    return words


def _of_word(word: Sequence[Piece], labels: Sequence[str], strategy: str, join: Join) -> dict[str, Any]:
    if strategy == "first":
        scores = word[0].scores
    elif strategy == "max":
        scores = max(word, key=lambda piece: piece.scores.max()).scores
    else:
        scores = sum(piece.scores for piece in word) / len(word)
    best = int(scores.argmax())
    return {
        "entity": labels[best],
        "score": float(scores[best]),
        "word": join([piece.word for piece in word]),
        "start": word[0].start,
        "end": word[-1].end,
    }


def kind_and_name(tag: str) -> tuple[str, str]:
    """`B-PER` as `B`, `PER`; a tag without prefix goes on where the same one stands before it."""
    return (tag[0], tag[2:]) if tag.startswith(("B-", "I-")) else ("I", tag)


def _groups(found: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    groups: list[list[dict[str, Any]]] = []
    for entity in found:
        kind, name = kind_and_name(entity["entity"])
        if groups and kind != "B" and kind_and_name(groups[-1][-1]["entity"])[1] == name:
            groups[-1].append(entity)
        else:
            groups.append([entity])
    return groups


def _grouped(group: Sequence[dict[str, Any]], join: Join) -> dict[str, Any]:
    return {
        "entity_group": group[0]["entity"].split("-", 1)[-1],
        "score": sum(entity["score"] for entity in group) / len(group),
        "word": join([entity["word"] for entity in group]),
        "start": group[0]["start"],
        "end": group[-1]["end"],
    }
