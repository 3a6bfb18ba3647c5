"""Which rows are held out: decided by content alone, so that the same drop always gives the same split.

Rows with the same content form a group, and a group is never divided. Of each class the groups with the smallest
hashes are held out until they hold its share. A group whose rows disagree about the class stays in train: nothing
can be judged by it. Where the model has a live release, what was held out from that comes first, and what it learnt is
not held out.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import chain, compress
from pathlib import Path

from functions.inspect.rows import keys as sets
from functions.inspect.rows.keys import CLASS_BITS, CLASS_MASK, Groups, Keys
from functions.inspect.rows.seen_rows import MAX_CONTENTS, SeenRows
from functions.inspect.rows.shared_texts import Overlap, choose_groups, overlap
from functions.inspect.rows.split_rows import SplitRows
from functions.inspect.rows.spool import Spool

SplitAssigner = Callable[[int], str | None]
"""A row's key to the split it goes to, or None for a row that is left out."""
TEST_SHARE = 0.2
MAX_TEST_ROWS = 20_000
MAX_DISPUTED = 2_000_000
"""Disputed contents that are remembered one by one; the others are counted."""
_CANDIDATES = 4096
"""Groups that are looked at before it is asked which classes still want rows."""


@dataclass
class KeyStatistics:
    """What the keys of a data set say, added up range by range."""

    rows: int = 0
    distinct: int = 0
    class_rows: Counter[int] = field(default_factory=Counter)
    class_groups: Counter[int] = field(default_factory=Counter)
    """Undisputed contents of each class; the contents that have rows of several classes are disputed."""
    class_contents: Counter[int] = field(default_factory=Counter)
    """Contents of each class, disputed or not."""
    disputed_count: int = 0
    disputed: set[int] = field(default_factory=set)
    """At most about `MAX_DISPUTED` of them, the least."""

    @property
    def duplicates(self) -> int:
        """Rows beyond the first of each content."""
        return self.rows - self.distinct

    def add(self, keys: Keys) -> None:
        """`keys` are sorted; no row of their contents is added apart from them."""
        groups = Groups.of(keys)
        self.rows += len(keys)
        self.distinct += len(groups)
        self.class_rows += sets.counted(sets.classes(keys))
        self.class_contents += sets.counted(sets.classes(sets.distinct(keys)))
        self.class_groups += sets.counted(groups.undisputed.classes)
        disputed = groups.contents.filter(groups.are_disputed)
        self.disputed_count += len(disputed)
        if len(self.disputed) < MAX_DISPUTED:
            self.disputed.update(disputed.to_pylist())


def key_statistics(keys: array[int]) -> KeyStatistics:
    statistics = KeyStatistics()
    statistics.add(sets.sort(sets.as_keys(keys)))
    return statistics


def choose_holdout(
    data: KeyStatistics,
    groups: Iterable[Groups],
    share: float = TEST_SHARE,
    most: int = MAX_TEST_ROWS,
    kept: Iterable[Groups] = (),
) -> frozenset[int]:
    """The contents to hold out, of groups by rising content: about `share` of each class, at least one row of a class
    with two contents, about `most` rows altogether.

    Groups are taken while that brings a class nearer to its share; one group of a class is always left to train on.
    Those of `kept` are taken first, whatever the share.
    """
    share = min(share, most / max(1, data.rows))
    wanted = {
        class_id: share * data.class_rows[class_id] for class_id in data.class_groups
    }
    left = {class_id: count - 1 for class_id, count in data.class_groups.items()}
    held: set[int] = set()
    tested_classes: set[int] = set()
    for content, class_id, rows in chain.from_iterable(kept):
        if left[class_id] < 1 or rows > data.class_rows[class_id] / 2:
            continue
        held.add(content)
        tested_classes.add(class_id)
        wanted[class_id] -= rows
        left[class_id] -= 1
    for content, class_id, rows in _candidates(groups, left):
        if left[class_id] < 1 or rows > data.class_rows[class_id] / 2:
            continue
        if content in held:
            continue
        if class_id in tested_classes and abs(wanted[class_id] - rows) >= abs(
            wanted[class_id]
        ):
            left[class_id] = 0
            continue
        held.add(content)
        tested_classes.add(class_id)
        wanted[class_id] -= rows
        left[class_id] -= 1
    return frozenset(held)


def _candidates(
    groups: Iterable[Groups], left: Mapping[int, int]
) -> Iterator[tuple[int, int, int]]:
    """Content, class and rows of the undisputed groups whose class has groups `left`, which the caller changes."""
    for of_range in groups:
        undisputed = of_range.undisputed
        start = 0
        while start < len(undisputed):
            open_classes = [class_id for class_id, count in left.items() if count > 0]
            if not open_classes:
                return
            undisputed = undisputed.slice(start, len(undisputed) - start)
            undisputed = undisputed.of_classes(open_classes)
            yield from undisputed.slice(0, _CANDIDATES)
            start = _CANDIDATES


@dataclass(frozen=True)
class SplitPlan:
    """Where the rows of each split of the drop go."""

    splits: tuple[str, ...]
    train: KeyStatistics
    """Of the rows that are not left out."""
    held_out: frozenset[int] = frozenset()
    """Contents of train that become the test split."""
    is_redrawn: bool = False
    """Whether they could not be those that were held out from the live model, which may have learnt some of them."""
    left_out: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Split -> contents that a stricter split holds too."""
    leaked: dict[str, int] = field(default_factory=dict)
    """Split -> the rows of these contents."""
    overlap: Overlap | None = None
    """How many held-out rows share a text with rows that are learnt; None where no rows share texts."""

    @property
    def routes(self) -> dict[str, SplitAssigner]:
        return {split: self._route(split) for split in self.splits}

    def _route(self, split: str) -> SplitAssigner:
        left_out = self.left_out.get(split, frozenset())
        held_out = self.held_out if split == "train" else frozenset()

        def route(key: int) -> str | None:
            content = key >> CLASS_BITS
            if content in left_out:
                return None
            return "test" if content in held_out else split

        return route


def plan_splits(
    splits: Mapping[str, SplitRows], seen: SeenRows | None = None
) -> SplitPlan:
    """Given splits stay as they are, but for what leaks into a stricter one: test before validation before train.

    `seen` is what the live model knows of; None where there is none.
    """
    train = KeyStatistics()
    leaks = {"validation": Leaks(), "train": Leaks()}
    for keys in _learnt_keys(splits, leaks):
        train.add(keys)
    plan = SplitPlan(
        splits=tuple(splits),
        train=train,
        left_out={split: frozenset(leak.contents) for split, leak in leaks.items()},
        leaked={split: leak.rows for split, leak in leaks.items() if leak.rows},
    )
    if "test" not in splits:
        held_out = _hold_out(splits, train, seen) if seen else None
        if held_out is None:
            held_out = _hold_out_anew(splits, train)
            plan = replace(plan, is_redrawn=seen is not None)
        plan = replace(plan, held_out=held_out)
    return replace(plan, overlap=_overlap(splits, plan.routes))


@dataclass
class Leaks:
    """Rows of a split whose contents a stricter split holds too."""

    rows: int = 0
    contents: set[int] = field(default_factory=set)

    def add(self, keys: Keys) -> None:
        self.rows += len(keys)
        self.contents.update(sets.distinct(sets.contents(keys)).to_pylist())


def _learnt_keys(
    splits: Mapping[str, SplitRows], leaks: Mapping[str, Leaks] | None = None
) -> Iterator[Keys]:
    """The sorted keys of the rows that stay in train, range by range; the other rows are added to `leaks`."""
    for bounds in sets.ranges(sum(map(len, splits.values()))):
        keys = {split: rows.keys_in(bounds) for split, rows in splits.items()}
        contents = {split: sets.contents(of_split) for split, of_split in keys.items()}
        stricter = sets.joined([])
        for split in ("test", "validation", "train"):
            if split not in keys:
                continue
            kept, leaked = sets.split(keys[split], stricter)
            if leaks is not None and split in leaks:
                leaks[split].add(leaked)
            if split == "train":
                yield kept
            stricter = sets.joined([stricter, sets.distinct(contents[split])])


def _hold_out(
    splits: Mapping[str, SplitRows], train: KeyStatistics, seen: SeenRows
) -> frozenset[int] | None:
    """As `_hold_out_anew`, but nothing that the live model learnt; None where that leaves too little to judge by."""
    rows = splits["train"]
    if rows.shared:
        held = choose_groups(rows, train.disputed, _share(train), seen)
        if _are_enough(held, splits, train):
            return held
    before, learnt = sets.as_keys(seen.held_out), sets.as_keys(seen.learnt)
    groups = (Groups.of(keys) for keys in _learnt_keys(splits))
    kept = [of_range.undisputed.among(before) for of_range in groups]
    groups = (Groups.of(keys) for keys in _learnt_keys(splits))
    new = (of_range.without(learnt, seen.bound) for of_range in groups)
    held = choose_holdout(train, new, kept=kept)
    return held if _are_enough(held, splits, train) else None


def _hold_out_anew(
    splits: Mapping[str, SplitRows], train: KeyStatistics
) -> frozenset[int]:
    """By groups of rows that share texts, where that leaves rows to judge by; else by contents."""
    rows = splits["train"]
    if rows.shared:
        held = choose_groups(rows, train.disputed, _share(train))
        if _are_enough(held, splits, train):
            return held
    return choose_holdout(train, map(Groups.of, _learnt_keys(splits)))


def _share(train: KeyStatistics) -> float:
    return min(TEST_SHARE, MAX_TEST_ROWS / max(1, train.rows))


def _are_enough(
    held: frozenset[int], splits: Mapping[str, SplitRows], train: KeyStatistics
) -> bool:
    """Whether the rows of these contents are half of those wanted, at least."""
    contents = sets.as_keys(array("Q", sorted(held)))
    rows = 0
    for keys in _learnt_keys(splits):
        rows += len(keys) - len(sets.split(keys, contents)[0])
    return rows > 0 and rows >= _share(train) * train.rows / 2


def seen_rows(splits: Mapping[str, SplitRows], plan: SplitPlan) -> SeenRows:
    """What a model that is trained by `plan` learns, and what is held out from it."""
    held_out = array("Q", sorted(plan.held_out))
    if "test" in splits:
        held_out = _least(
            sets.distinct(sets.contents(splits["test"].keys_in(bounds)))
            for bounds in sets.ranges(len(splits["test"]))
        )
    held_keys = sets.as_keys(held_out)
    learnt = _least(
        sets.distinct(sets.contents(sets.split(keys, held_keys)[0]))
        for keys in _learnt_keys(splits)
    )
    if len(learnt) <= MAX_CONTENTS:
        return SeenRows(held_out[:MAX_CONTENTS], learnt)
    return SeenRows(
        held_out[:MAX_CONTENTS], learnt[:MAX_CONTENTS], learnt[MAX_CONTENTS]
    )


def _least(contents: Iterable[Keys]) -> array[int]:
    """The least of rising contents: one more than are kept, where there are so many."""
    least = array("Q")
    for of_range in contents:
        least.extend(of_range[: MAX_CONTENTS + 1 - len(least)].to_pylist())
        if len(least) > MAX_CONTENTS:
            break
    return least


def _overlap(
    splits: Mapping[str, SplitRows], routes: Mapping[str, SplitAssigner]
) -> Overlap | None:
    """None where the rows share no texts, or a split has none."""
    if not all(rows.shared for rows in splits.values()):
        return None
    held = [
        texts
        for split, rows in splits.items()
        for texts in _texts_of(rows, routes[split], "test")
    ]
    return overlap(_texts_of(splits["train"], routes["train"], "train"), held)


def _texts_of(
    rows: SplitRows, route: SplitAssigner, split: str
) -> Iterator[tuple[int, ...]]:
    """The hashes of the shared texts of the rows that go to a split."""
    for key, texts in zip(rows.keys, zip(*rows.shared, strict=True), strict=True):
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
