"""Entities of tag sequences and how many were found, counted as conlleval and seqeval count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from training.metrics.bootstrap import Array, Tally
from training.metrics.sums import ratio

Entity = tuple[str, int, int]
"""Name, first and last place."""
KINDS = {"B": "B", "I": "I", "E": "E", "L": "E", "S": "S", "U": "S"}


def is_marked(tags: Iterable[str]) -> bool:
    """Whether tags tell the beginning of an entity from its inside."""
    return any(tag.startswith(("B-", "I-")) for tag in tags)


def entities(tags: Sequence[str]) -> set[Entity]:
    """Maximal runs of one name, of IOB2, IOBES and BILOU tags.

    `B-`, `S-` and `U-` begin another, as does an `I-` (or a tag without prefix) that continues none; `E-`, `L-`, `S-`
    and `U-` are the last of theirs.
    """
    found: set[Entity] = set()
    start, name, ended = 0, "", True
    for place, tag in enumerate([*tags, "O"]):
        kind, this = _kind_and_name(tag)
        if name and (ended or kind in ("O", "B", "S") or this != name):
            found.add((name, start, place - 1))
            name = ""
        if kind != "O" and not name:
            start, name = place, this
        ended = kind in ("E", "S")
    return found


def _kind_and_name(tag: str) -> tuple[str, str]:
    kind, dash, name = tag.partition("-")
    if dash and kind in KINDS:
        return KINDS[kind], name
    return ("O", "") if tag == "O" else ("I", tag)


def tag_tally(references: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]]) -> Tally:
    """F1, precision and recall over entities, or, of tags without `B-` and `I-`, over the tags that are not `O`.

    The latter is where this and seqeval differ: it takes the first letter of any tag for a prefix.
    """
    columns = [
        (len(one & other), len(one), len(other), sum(map(str.__eq__, gold, said)), len(gold))
        for gold, said, (one, other) in zip(references, predictions, entity_pairs(references, predictions), strict=True)
    ]
    return Tally(np.array(columns, dtype=np.float64).reshape(-1, 5), _tag_metrics)


def _tag_metrics(sums: Array) -> dict[str, Array]:
    """`sums`: entities found, to be found, said; then tags that are right, all tags."""
    right, gold, said, right_tags, tags = sums.T
    return {
        "f1": ratio(2 * right, gold + said),
        "precision": ratio(right, said),
        "recall": ratio(right, gold),
        "token_accuracy": ratio(right_tags, tags),
    }


def entity_pairs(
    references: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]]
) -> list[tuple[set[Entity], set[Entity]]]:
    """Of each row what is to be found and what is said: entities, or tags where none is marked as begun."""
    read = entities if is_marked(tag for tags in references for tag in tags) else _places
    return [(read(gold), read(said)) for gold, said in zip(references, predictions, strict=True)]


def entity_metrics(pairs: Sequence[tuple[set[Entity], set[Entity]]]) -> dict[str, dict[str, float]]:
    """F1 of each kind of entity, and how many there are."""
    right, gold, said = (
        Counter(name for found in sets for name, _, _ in found)
        for sets in ([one & other for one, other in pairs], [one for one, _ in pairs], [other for _, other in pairs])
    )
    names = sorted(gold | said)
    return {name: {"f1": 2 * right[name] / (gold[name] + said[name]), "rows": gold[name]} for name in names}


def _places(tags: Sequence[str]) -> set[Entity]:
    return {(tag, place, place) for place, tag in enumerate(tags) if tag != "O"}
