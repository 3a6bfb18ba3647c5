from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from inference.predictors.entities import Piece, aggregate, prefix_and_name

LABELS = ["O", "B-PER", "I-PER"]


def piece(index: int, word: str, is_subword: bool, *scores: float) -> Piece:
    return Piece(
        index,
        word,
        index * 2,
        index * 2 + 2,
        is_subword,
        np.array(scores, dtype=np.float32),
    )


PIECES = [
    piece(0, "Ad", False, 0.25, 0.75, 0.0),
    piece(1, "a", True, 0.0, 0.0, 1.0),
    piece(2, "x", False, 1.0, 0.0, 0.0),
]


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("B-PER", ("B", "PER")),
        ("I-PER", ("I", "PER")),
        ("PER", ("I", "PER")),
        ("S-PER", ("S", "PER")),
        ("L-PER", ("L", "PER")),
        ("product-software", ("I", "product-software")),
    ],
)
def test_a_tag_is_a_prefix_and_a_name(tag: str, parts: tuple[str, str]) -> None:
    assert prefix_and_name(tag) == parts


def test_every_piece_stands_alone_without_a_strategy() -> None:
    result = aggregate(PIECES, LABELS, "none", "".join)
    assert [(entity["entity"], entity["index"]) for entity in result] == [
        ("B-PER", 0),
        ("I-PER", 1),
        ("O", 2),
    ]


@pytest.mark.parametrize(
    ("strategy", "score"),
    [("simple", 0.875), ("first", 0.75), ("average", 0.5), ("max", 1.0)],
)
def test_pieces_become_one_entity(strategy: str, score: float) -> None:
    first = aggregate(PIECES, LABELS, strategy, "".join)[0]
    assert first == {
        "entity_group": "PER",
        "score": score,
        "word": "Ada",
        "start": 0,
        "end": 4,
    }


def grouped(
    words: Sequence[str], tags: Sequence[str], labels: Sequence[str]
) -> list[Any]:
    """Name and words of each entity; a word that begins with `##` continues the one before it."""
    pieces: list[Piece] = []
    end = -1
    for index, (word, tag) in enumerate(zip(words, tags, strict=True)):
        start = end if word.startswith("##") else end + 1
        end = start + len(word.removeprefix("##"))
        scores = np.array([float(label == tag) for label in labels], dtype=np.float32)
        pieces.append(Piece(index, word, start, end, word.startswith("##"), scores))
    result = aggregate(pieces, labels, "simple", " ".join)
    return [
        (item["entity_group"], item["word"])
        for item in result
        if item["entity_group"] != "O"
    ]


@pytest.mark.parametrize("letters", ["BIES", "BILU"])
def test_iobes_and_bilou_entities_are_whole(letters: str) -> None:
    begin, inside, end, single = list(letters)
    labels = ["O", *(f"{letter}-PER" for letter in letters), f"{single}-LOC"]
    words = ["Mei", "van", "Chen", "saw", "Ada", "Bob", "##by", "Oslo"]
    tags = [
        *(f"{begin}-PER", f"{inside}-PER", f"{end}-PER", "O"),
        *(f"{single}-PER", f"{single}-PER", f"{single}-PER", f"{single}-LOC"),
    ]
    assert grouped(words, tags, labels) == [
        ("PER", "Mei van Chen"),
        ("PER", "Ada"),
        ("PER", "Bob ##by"),
        ("LOC", "Oslo"),
    ]


def test_labels_without_prefixes_keep_what_is_before_a_hyphen() -> None:
    labels = ["O", "product-software", "person-other", "S-train"]
    words = ["Vim", "by", "Bram", "Moolenaar", "S1"]
    tags = ["product-software", "O", "person-other", "person-other", "S-train"]
    assert grouped(words, tags, labels) == [
        ("product-software", "Vim"),
        ("person-other", "Bram Moolenaar"),
        ("S-train", "S1"),
    ]
