"""Scored sub-words to entities, by the strategies of the `token-classification` pipeline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, cast

from tasks.token_classification import STRATEGIES

if TYPE_CHECKING:
    from .interfaces import FloatArray

__all__ = ["STRATEGIES", "Entity", "Piece", "aggregate"]

Join = Callable[[list[str]], str]
"""Sub-words to a readable text."""


@dataclass(frozen=True)
class Piece:
    """A sub-word: its number among the model's tokens, its offsets in the text, and a score for each label."""

    index: int
    word: str
    start: int
    end: int
    is_subword: bool
    scores: FloatArray


class Entity(TypedDict, total=False):
    """One answer: `entity` and `index` under the strategy `none`, else `entity_group`."""

    entity: str
    entity_group: str
    score: float
    index: int
    word: str
    start: int
    end: int


def aggregate(
    pieces: Sequence[Piece], labels: Sequence[str], strategy: str, join: Join
) -> list[Entity]:
    """Entities with `entity_group`; under `none` every piece by itself, with `entity` and `index`."""
    if strategy in ("none", "simple"):
        tagged = [_of_piece(piece, labels) for piece in pieces]
    else:
        tagged = [_of_word(word, labels, strategy, join) for word in _words(pieces)]
    if strategy == "none":
        return tagged
    named = _named(labels)
    groups = _groups(tagged, named)
    return [_merge(group, named(group[0]["entity"])[1], join) for group in groups]


def _of_piece(piece: Piece, labels: Sequence[str]) -> Entity:
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
    """The pieces of each word."""
    words: list[list[Piece]] = []
    for piece in pieces:
        if words and piece.is_subword:
            words[-1].append(piece)
        else:
            words.append([piece])
    return words


def _of_word(
    word: Sequence[Piece], labels: Sequence[str], strategy: str, join: Join
) -> Entity:
    scores = _word_scores(word, strategy)
    best = int(scores.argmax())
    return {
        "entity": labels[best],
        "score": float(scores[best]),
        "word": join([piece.word for piece in word]),
        "start": word[0].start,
        "end": word[-1].end,
    }


def _word_scores(word: Sequence[Piece], strategy: str) -> FloatArray:
    """Of shape (labels,): those of the first piece, of the surest one, or the mean of all."""
    if strategy == "first":
        return word[0].scores
    if strategy == "max":
        return max(word, key=lambda piece: piece.scores.max()).scores
    return cast("FloatArray", sum(piece.scores for piece in word) / len(word))


BEGINNINGS = {"B", "S", "U"}
"""`S` and `U` are words that are an entity by themselves, in IOBES and BILOU."""
PREFIXES = {*BEGINNINGS, "I", "E", "L"}


def prefix_and_name(tag: str) -> tuple[str, str]:
    """`B-PER` as `B`, `PER`, in IOB, IOBES and BILOU; a tag without a prefix continues one of the same name."""
    prefix, dash, name = tag.partition("-")
    if dash and prefix in PREFIXES:
        return prefix, name
    return "I", tag


def _named(labels: Sequence[str]) -> Callable[[str], tuple[str, str]]:
    """Prefix and name of a tag; among labels without `B-` and `I-`, what is before a hyphen belongs to the name."""
    if any(label.startswith(("B-", "I-")) for label in labels):
        return prefix_and_name
    return lambda tag: ("I", tag)


def _groups(
    tagged: Sequence[Entity], named: Callable[[str], tuple[str, str]]
) -> list[list[Entity]]:
    """Neighbours of one name; a beginning starts another group, but for the further sub-words of a single word."""
    groups: list[list[Entity]] = []
    last_name = ""
    for entity in tagged:
        prefix, name = named(entity["entity"])
        begins = prefix in BEGINNINGS
        if begins and prefix != "B" and groups:
            last = groups[-1][-1]
            begins = (
                last["entity"] != entity["entity"] or last["end"] != entity["start"]
            )
        if groups and not begins and name == last_name:
            groups[-1].append(entity)
        else:
            groups.append([entity])
        last_name = name
    return groups


def _merge(group: Sequence[Entity], name: str, join: Join) -> Entity:
    return {
        "entity_group": name,
        "score": sum(entity["score"] for entity in group) / len(group),
        "word": join([entity["word"] for entity in group]),
        "start": group[0]["start"],
        "end": group[-1]["end"],
    }
