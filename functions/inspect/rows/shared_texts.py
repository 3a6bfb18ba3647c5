"""Rows that share a text, such as questions about one passage, are learnt together or held out together.

A model that has seen the passage of a held-out question would be judged by what it remembers. Rows whose texts are
connected form a group; of each class the groups with the smallest hashes are held out until they hold its share.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from functions.inspect.rows.keys import CLASS_BITS, CLASS_MASK
from functions.inspect.rows.seen_rows import SeenRows
from functions.inspect.rows.split_rows import SplitRows
from functions.inspect.rows.spool import key_of
from tasks import Mapping, Row, Task

CONNECTED_ROWS = 500_000
"""Rows above which only those with the same first text form a group: telling which are connected takes memory."""
LARGEST_SHARE = 0.5
"""Of the rows, in one group of connected texts; beyond it those with the same first text form a group."""
_ALL_ROWS = 100_000
_WANTED = 4
"""Times the held-out rows that are looked at where there are more rows than `_ALL_ROWS`."""
_SUSPICIOUS_SHARE = 0.1
_HASHES = 1 << 64

SharedTexts = Callable[[Row], Sequence[str]]
"""A canonical row -> the texts that other rows may have in common with it."""


def shared_texts_of(task: Task, mapping: Mapping) -> SharedTexts | None:
    """None for a task whose rows share no texts, and where the table lacks a column of them."""
    names = task.shared
    if not names or not {*names} <= {*mapping}:
        return None

    def shared(row: Row) -> Sequence[str]:
        first = row[names[0]]
        return [_text(row.get(name) or first) for name in names]

    return shared


def _text(value: Any) -> str:
    """A chat is known by the first message of its user."""
    if isinstance(value, str):
        return value
    return next((str(turn["content"]) for turn in value if turn["role"] == "user"), "")


def choose_groups(
    rows: SplitRows,
    disputed: Set[int],
    share: float,
    seen: SeenRows | None = None,
) -> frozenset[int]:
    """The contents to hold out: about `share` of each class. None where no group may be taken.

    A group with a disputed content stays in train, and of each class a row. What was held out before comes first, with
    its group where the live model has learnt nothing of that; a group that it has learnt is not held out.
    """
    groups = _groups_of(rows.shared)
    before = {*seen.held_out} if seen else set()
    learnt = {*seen.learnt} if seen else set()
    bound = seen.bound if seen else _HASHES
    left = Counter(key & CLASS_MASK for key in rows.keys)
    wanted = {class_id: share * count for class_id, count in left.items()}
    held: set[int] = set()
    for members in _candidates(groups, rows.keys, share, before):
        contents = {key >> CLASS_BITS for key in members}
        unknown = contents - before
        is_learnt = not unknown.isdisjoint(learnt) or max(unknown, default=0) >= bound
        if is_learnt or not disputed.isdisjoint(contents):
            contents = (contents & before) - disputed
        keys = [key for key in members if key >> CLASS_BITS in contents]
        is_kept = not before.isdisjoint(contents)
        counts = Counter(key & CLASS_MASK for key in keys)
        if not keys or not (is_kept or _improves(wanted, counts)):
            continue
        if all(left[class_id] > n for class_id, n in counts.items()):
            held |= {key >> CLASS_BITS for key in keys}
            for class_id, n in counts.items():
                wanted[class_id] -= n
                left[class_id] -= n
    return frozenset(held)


def _improves(wanted: dict[int, float], rows: Counter[int]) -> bool:
    """Whether these rows bring the classes nearer to their shares."""
    before = sum(abs(wanted[class_id]) for class_id in rows)
    after = sum(abs(wanted[class_id] - n) for class_id, n in rows.items())
    return after < before


def _candidates(
    groups: Sequence[int], keys: array[int], share: float, before: Set[int]
) -> Iterator[list[int]]:
    """The keys of each group's rows: first the groups with contents held out `before`, then by rising hash of the
    group; of very many rows not all of the others."""
    first = {
        group
        for group, key in zip(groups, keys, strict=True)
        if key >> CLASS_BITS in before
    }
    limit = _HASHES if len(keys) <= _ALL_ROWS else int(_WANTED * share * _HASHES)
    rows = sorted(
        (group not in first, group, key)
        for group, key in zip(groups, keys, strict=True)
        if group < limit or group in first
    )
    for _, members in groupby(rows, key=lambda row: row[:2]):
        yield [key for *_, key in members]


def _groups_of(shared: Sequence[array[int]]) -> Sequence[int]:
    """The hash of each row's group."""
    first = shared[0]
    if len(shared) == 1 or len(first) > CONNECTED_ROWS:
        return first
    connected = _connected(shared)
    largest = max(Counter(connected).values(), default=0)
    return connected if largest <= LARGEST_SHARE * len(first) else first


def _connected(shared: Sequence[array[int]]) -> list[int]:
    """Each row's group, where rows that have any text in common are of one: by union and find."""
    parents: dict[int, int] = {}

    def root(text: int) -> int:
        while (parent := parents.setdefault(text, text)) != text:
            parents[text] = parents[parent]
            text = parent
        return text

    for texts in zip(*shared, strict=True):
        roots = [root(text) for text in texts]
        least = min(roots)
        parents |= dict.fromkeys(roots, least)
    # The least hash of many is small: hashed again, a large group comes no earlier than a small one.
    return [key_of(str(root(text)), 0) for text in shared[0]]


@dataclass(frozen=True)
class Overlap:
    """How many held-out rows there are, and how many of them share a text with a row that is learnt."""

    rows: int
    sharing: int

    @property
    def is_suspicious(self) -> bool:
        return self.sharing > _SUSPICIOUS_SHARE * self.rows


def overlap(learnt: Iterable[Sequence[int]], held: Sequence[Sequence[int]]) -> Overlap:
    """Of rows as the hashes of their shared texts."""
    texts: set[int] = set()
    for row in held:
        texts.update(row)
    seen: set[int] = set()
    for row in learnt:
        seen.update(texts.intersection(row))
    overlapping = sum(not seen.isdisjoint(row) for row in held)
    return Overlap(len(held), overlapping)


def on_overlap(overlap: Overlap | None, shared: Sequence[str]) -> Iterator[str]:
    """A warning where many held-out rows share a text with what is learnt; `shared` are the columns of the texts."""
    if overlap and overlap.is_suspicious:
        names = " or ".join(name.replace("_", " ") for name in shared)
        yield (
            f"{overlap.sharing:,} of {overlap.rows:,} held-out rows share their {names} with rows that are learnt: "
            "their scores say little about new texts. Add rows with other texts, or drop a test file of its own."
        )
