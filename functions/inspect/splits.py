"""Which rows are held out: decided by content alone, so that the same drop always gives the same split.

Rows with the same content form a group, and a group is never divided. Of each class the groups with the smallest
hashes are held out until they hold its share. A group whose rows disagree about the class stays in train: nothing
can be judged by it.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import compress, groupby
from pathlib import Path

from functions.inspect.shared_texts import Overlap, choose_groups, overlap
from functions.inspect.spool import CLASS_BITS, CLASS_MASK, Spool

SplitAssigner = Callable[[int], str | None]
"""A row's key to the split it goes to, or None for a row that is left out."""
TEST_SHARE = 0.2
MAX_TEST_ROWS = 20_000
_DISPUTED = -1


@dataclass(frozen=True)
class KeyStatistics:
    """What the keys of a data set tell; of memory it takes 8 bytes a row."""

    ordered: array[int]
    class_rows: Counter[int]
    class_groups: Counter[int]
    """Undisputed contents of each class; the contents that have rows of several classes are `disputed`."""
    class_contents: Counter[int]
    """Contents of each class, disputed or not."""
    disputed: frozenset[int]
    distinct: int

    @property
    def rows(self) -> int:
        return len(self.ordered)

    @property
    def duplicates(self) -> int:
        """Rows beyond the first of each content."""
        return self.rows - self.distinct


def _groups(ordered: array[int]) -> Iterator[tuple[int, int, int]]:
    """Content, class (or `_DISPUTED`) and rows of each group, by rising content."""
    if not ordered:
        return
    first = last = ordered[0]
    count = 0
    for key in ordered:
        if (key ^ first) > CLASS_MASK:
            yield (
                first >> CLASS_BITS,
                first & CLASS_MASK if first == last else _DISPUTED,
                count,
            )
            first, count = key, 0
        last = key
        count += 1
    yield first >> CLASS_BITS, first & CLASS_MASK if first == last else _DISPUTED, count


def key_statistics(keys: Iterable[int]) -> KeyStatistics:
    """Sorts the keys once and reads everything off them."""
    ordered = array("Q", sorted(keys))
    class_groups: Counter[int] = Counter()
    disputed: set[int] = set()
    distinct = 0
    for content, class_id, _ in _groups(ordered):
        distinct += 1
        if class_id == _DISPUTED:
            disputed.add(content)
        else:
            class_groups[class_id] += 1
    class_rows = Counter(key & CLASS_MASK for key in ordered)
    class_contents = Counter(key & CLASS_MASK for key, _ in groupby(ordered))
    return KeyStatistics(
        ordered, class_rows, class_groups, class_contents, frozenset(disputed), distinct
    )


@dataclass(frozen=True)
class HoldoutRule:
    """The rule that holds rows out: of each class, contents up to a hash."""

    limits: dict[int, int]
    kept: frozenset[int]
    """Contents that stay in train whatever their hash: the disputed, and those that are most of their class."""

    def takes(self, key: int) -> bool:
        content = key >> CLASS_BITS
        return (
            content <= self.limits.get(key & CLASS_MASK, -1)
            and content not in self.kept
        )


def choose_holdout(
    data: KeyStatistics, share: float = TEST_SHARE, most: int = MAX_TEST_ROWS
) -> HoldoutRule:
    """About `share` of each class, at least one row of a class with two contents, about `most` rows altogether.

    Groups are taken while that brings a class nearer to its share; one group of a class is always left to train on.
    """
    share = min(share, most / max(1, data.rows))
    wanted = {
        class_id: share * data.class_rows[class_id] for class_id in data.class_groups
    }
    left = {class_id: groups - 1 for class_id, groups in data.class_groups.items()}
    limits: dict[int, int] = {}
    kept = set(data.disputed)
    for content, class_id, rows in _groups(data.ordered):
        if left.get(class_id, 0) < 1:
            continue
        if rows > data.class_rows[class_id] / 2:
            kept.add(content)
        elif class_id in limits and abs(wanted[class_id] - rows) >= abs(
            wanted[class_id]
        ):
            left[class_id] = 0
        else:
            limits[class_id] = content
            wanted[class_id] -= rows
            left[class_id] -= 1
    return HoldoutRule(limits, frozenset(kept))


@dataclass(frozen=True)
class SplitPlan:
    """Where the rows of each file go. `leaked` rows are left out, for a file that judges holds the same example."""

    routes: dict[str, SplitAssigner]
    train: KeyStatistics
    leaked: dict[str, int]
    overlap: Overlap | None = None
    """How many held-out rows share a text with rows that are learnt; None where no rows share texts."""


def plan_splits(spools: dict[str, Spool]) -> SplitPlan:
    """Given splits stay as they are, but for what leaks into a stricter one: test before validation before train."""
    empty = frozenset[int]()
    test = _contents(spools["test"]) if "test" in spools else empty
    validation = _contents(spools["validation"]) if "validation" in spools else empty
    held = test | validation
    leaked = {
        "validation": _count_in(spools.get("validation"), test),
        "train": _count_in(spools["train"], held),
    }
    keys = spools["train"].keys
    train = (
        key_statistics(key for key in keys if key >> CLASS_BITS not in held)
        if held
        else key_statistics(keys)
    )
    routes: dict[str, SplitAssigner] = {
        "test": lambda _: "test",
        "validation": _unless(test, lambda _: "validation"),
    }
    hold_out = (lambda _: "train") if test else _hold_out(spools["train"], train)
    routes["train"] = _unless(held, hold_out)
    routes = {split: routes[split] for split in spools}
    leaked = {split: rows for split, rows in leaked.items() if rows}
    return SplitPlan(routes, train, leaked, _overlap(spools, routes))


def _contents(spool: Spool) -> frozenset[int]:
    return frozenset(key >> CLASS_BITS for key in spool.keys)


def _count_in(spool: Spool | None, contents: frozenset[int]) -> int:
    return (
        sum(key >> CLASS_BITS in contents for key in spool.keys)
        if spool and contents
        else 0
    )


def _unless(contents: frozenset[int], route: SplitAssigner) -> SplitAssigner:
    if not contents:
        return route
    return lambda key: None if key >> CLASS_BITS in contents else route(key)


def _hold_out(spool: Spool, train: KeyStatistics) -> SplitAssigner:
    """By groups of rows that share texts, where that leaves rows to judge by; else by contents."""
    if spool.shared:
        share = min(TEST_SHARE, MAX_TEST_ROWS / max(1, train.rows))
        held = choose_groups(spool, train.disputed, share)
        if (
            sum(key >> CLASS_BITS in held for key in spool.keys)
            >= share * train.rows / 2
        ):
            return lambda key: "test" if key >> CLASS_BITS in held else "train"
    takes = choose_holdout(train).takes
    return lambda key: "test" if takes(key) else "train"


def _overlap(
    spools: dict[str, Spool], routes: dict[str, SplitAssigner]
) -> Overlap | None:
    """None where the rows share no texts, or a split has none."""
    if not all(spool.shared for spool in spools.values()):
        return None
    held = [
        texts
        for split, spool in spools.items()
        for texts in _texts_of(spool, routes[split], "test")
    ]
    return overlap(_texts_of(spools["train"], routes["train"], "train"), held)


def _texts_of(
    spool: Spool, route: SplitAssigner, split: str
) -> Iterator[tuple[int, ...]]:
    """The hashes of the shared texts of the rows that go to a split."""
    for key, texts in zip(spool.keys, zip(*spool.shared, strict=True), strict=True):
        if route(key) == split:
            yield texts


def write_splits(
    spools: dict[str, Spool], routes: dict[str, SplitAssigner], folder: Path
) -> dict[str, Counter[int]]:
    """Writes `<folder>/<split>.jsonl`, removing each spool once read; returns the keys' classes counted per split."""
    counts: dict[str, Counter[int]] = {}
    with ExitStack() as files:
        outputs = {
            split: files.enter_context(_path(folder, split).open("wb"))
            for split in _targets(spools)
        }
        for name, spool in spools.items():
            for keys, lines in spool.chunks():
                splits = list(map(routes[name], keys))
                for split in dict.fromkeys(filter(None, splits)):
                    is_of_split = [other == split for other in splits]
                    outputs[split].write(b"".join(compress(lines, is_of_split)))
                    classes = counts.setdefault(split, Counter())
                    classes.update(
                        key & CLASS_MASK for key in compress(keys, is_of_split)
                    )
            spool.path.unlink()
    return {split: counts[split] for split in _targets(spools) if split in counts}


def _targets(spools: Iterable[str]) -> list[str]:
    """The splits that may be written: train, validation, test."""
    return [*dict.fromkeys([*spools, "test"])]


def _path(folder: Path, split: str) -> Path:
    return folder / f"{split}.jsonl"
