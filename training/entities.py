"""Entities of tag sequences and how many were found, counted as conlleval and seqeval count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

Entity = tuple[str, int, int]
"""Name, first and last place."""


def is_marked(tags: Iterable[str]) -> bool:
    """Whether tags tell the beginning of an entity from its inside."""
    return any(tag.startswith(("B-", "I-")) for tag in tags)


def entities(tags: Sequence[str]) -> set[Entity]:
    """Maximal runs of one name; `B-` begins another. An `I-` without a beginning begins one."""
    found: set[Entity] = set()
    start, name = 0, ""
    for place, tag in enumerate([*tags, "O"]):
        kind, _, this = tag.partition("-") if tag[:2] in ("B-", "I-") else ("O", "", "")
        if name and (kind != "I" or this != name):
            found.add((name, start, place - 1))
            name = ""
        if kind in ("B", "I") and not name:
            start, name = place, this
    return found


def tag_metrics(references: Sequence[Sequence[str]], predictions: Sequence[Sequence[str]]) -> dict[str, float]:
    """F1, precision and recall over entities, or, of tags without `B-` and `I-`, over the tags that are not `O`."""
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
