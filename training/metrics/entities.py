"""Entities of tag sequences, counted as the conlleval script of CoNLL-2000 and seqeval count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from contracts.evaluation import LabelMetric
from training.common.types import FloatArray
from training.metrics.label_scores import label_metric
from training.metrics.sums import MetricSums, ratio


class Entity(NamedTuple):
    name: str
    first: int
    """The index of its first tag."""
    last: int


Tags: TypeAlias = Sequence[str]
"""The tags of one row."""
TaggingPair: TypeAlias = tuple[set[Entity], set[Entity]]
"""The entities of one row: those of the references, and those of the answers."""

POSITIONS = {"B": "B", "I": "I", "E": "E", "L": "E", "S": "S", "U": "S"}
"""Prefix -> begin, inside, end or single; BILOU writes `L` and `U` where IOBES writes `E` and `S`."""


def has_prefixes(tags: Iterable[str]) -> bool:
    """Whether tags distinguish the beginning of an entity from its inside."""
    return any(tag.startswith(("B-", "I-")) for tag in tags)


def entities(tags: Tags) -> set[Entity]:
    """Maximal runs of one name, of IOB2, IOBES and BILOU tags.

    `B-`, `S-` and `U-` begin another entity, as does an `I-` (or a tag without a prefix) that continues none; `E-`,
    `L-`, `S-` and `U-` end theirs.
    """
    complete: set[Entity] = set()
    first, name, ended = 0, "", True
    for index, tag in enumerate([*tags, "O"]):
        position, tag_name = _split(tag)
        if name and (ended or position in ("O", "B", "S") or tag_name != name):
            complete.add(Entity(name, first, index - 1))
            name = ""
        if position != "O" and not name:
            first, name = index, tag_name
        ended = position in ("E", "S")
    return complete


def _split(tag: str) -> tuple[str, str]:
    """The position and the name; a tag without a prefix is inside the entity of its name."""
    prefix, dash, name = tag.partition("-")
    if dash and prefix in POSITIONS:
        return POSITIONS[prefix], name
    return ("O", "") if tag == "O" else ("I", tag)


def tagging_sums(references: Sequence[Tags], answers: Sequence[Tags]) -> MetricSums:
    """F1, precision and recall over entities, and the share of the tags that are right.

    Of tags without `B-` and `I-`, each that is not `O` counts as an entity. Here this differs from seqeval, which takes
    the first letter of any tag for a prefix.
    """
    rows = []
    pairs = tagging_pairs(references, answers)
    for expected_tags, answered_tags, pair in zip(
        references, answers, pairs, strict=True
    ):
        expected, answered = pair
        correct = expected & answered
        correct_tags = sum(map(str.__eq__, expected_tags, answered_tags))
        rows.append(
            (
                len(correct),
                len(expected),
                len(answered),
                correct_tags,
                len(expected_tags),
            )
        )
    columns = np.array(rows, dtype=np.float64).reshape(-1, 5)
    return MetricSums(columns, _tagging_metrics)


def _tagging_metrics(sums: FloatArray) -> dict[str, FloatArray]:
    """`sums`: correct entities, expected ones, answered ones; correct tags, all tags."""
    correct, expected, answered, correct_tags, tags = sums.T
    return {
        "f1": ratio(2 * correct, expected + answered),
        "precision": ratio(correct, answered),
        "recall": ratio(correct, expected),
        "token_accuracy": ratio(correct_tags, tags),
    }


def tagging_pairs(
    references: Sequence[Tags], answers: Sequence[Tags]
) -> list[TaggingPair]:
    """The entities of each row; where no reference has a prefix, each tag by itself."""
    prefixed = any(has_prefixes(tags) for tags in references)
    parse = entities if prefixed else _single_tags
    pairs = []
    for expected, answered in zip(references, answers, strict=True):
        pairs.append((parse(expected), parse(answered)))
    return pairs


def _single_tags(tags: Tags) -> set[Entity]:
    return {Entity(tag, index, index) for index, tag in enumerate(tags) if tag != "O"}


def entity_metrics(pairs: Sequence[TaggingPair]) -> dict[str, LabelMetric]:
    """For each name of an entity, how well it is found and how often it is expected."""
    correct: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    for references, answers in pairs:
        correct.update(entity.name for entity in references & answers)
        expected.update(entity.name for entity in references)
        answered.update(entity.name for entity in answers)
    metrics = {}
    for name in sorted(expected | answered):
        metrics[name] = label_metric(correct[name], expected[name], answered[name])
    return metrics
