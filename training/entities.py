"""Entities of tag sequences and how many were found, counted as conlleval and seqeval count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

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


def tag_metrics(references: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]]) -> dict[str, float]:
    """F1, precision and recall over entities, or, of tags without `B-` and `I-`, over the tags that are not `O`.

    The latter is where this and seqeval differ: it takes the first letter of any tag for a prefix.
    """
    pairs = list(zip(references, predictions, strict=True))
    marked = is_marked(tag for tags in references for tag in tags)
    count: Counter[str] = Counter()
    for gold, said in pairs:
        one, other = (entities(gold), entities(said)) if marked else (_places(gold), _places(said))
        count.update(right=len(one & other), gold=len(one), said=len(other))
    tokens = [one == other for gold, said in pairs for one, other in zip(gold, said, strict=True)]
    return {
        "f1": _ratio(2 * count["right"], count["gold"] + count["said"]),
        "precision": _ratio(count["right"], count["said"]),
        "recall": _ratio(count["right"], count["gold"]),
        "token_accuracy": _ratio(sum(tokens), len(tokens)),
    }


def _places(tags: Sequence[str]) -> set[Entity]:
    return {(tag, place, place) for place, tag in enumerate(tags) if tag != "O"}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
