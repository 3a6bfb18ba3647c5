from __future__ import annotations

import numpy as np
import pytest

from inference.predictors.entities import Piece, aggregate, prefix_and_name

LABELS = ["O", "B-PER", "I-PER"]


def piece(index: int, word: str, is_subword: bool, *scores: float) -> Piece:
    return Piece(
        index, word, index * 2, index * 2 + 2, is_subword, np.array(scores, dtype=np.float32)
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
        ("S-PER", ("I", "S-PER")),
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
    ("strategy", "score"), [("simple", 0.875), ("first", 0.75), ("average", 0.5), ("max", 1.0)]
)
def test_pieces_become_one_entity(strategy: str, score: float) -> None:
    first = aggregate(PIECES, LABELS, strategy, "".join)[0]
    assert first == {"entity_group": "PER", "score": score, "word": "Ada", "start": 0, "end": 4}
