"""Divides the spooled rows into the splits that the training job reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from functions.inspect.rows import CLASS_BITS, Spool
from functions.inspect.splitting import Survey, choose_holdout, survey

Route = Callable[[int], str | None]
"""A row's key to the split it goes to, or None for a row that is left out."""


@dataclass(frozen=True)
class Division:
    """Where the rows of each file go. `leaked` rows are left out, for a file that judges holds the same example."""

    routes: dict[str, Route]
    train: Survey
    leaked: dict[str, int]


def divide(spools: dict[str, Spool]) -> Division:
    """Given splits stay as they are, but for what leaks into a stricter one: test before validation before train."""
    empty = frozenset[int]()
    test = _contents(spools["test"]) if "test" in spools else empty
    validation = _contents(spools["validation"]) if "validation" in spools else empty
    held = test | validation
    leaked = {"validation": _count_in(spools.get("validation"), test), "train": _count_in(spools["train"], held)}
    keys = spools["train"].keys
    train = survey(key for key in keys if key >> CLASS_BITS not in held) if held else survey(keys)
    routes: dict[str, Route] = {"test": lambda _: "test", "validation": _unless(test, lambda _: "validation")}
    routes["train"] = _unless(held, (lambda _: "train") if test else _hold_out(train))
    return Division({split: routes[split] for split in spools}, train, {k: n for k, n in leaked.items() if n})


def _contents(spool: Spool) -> frozenset[int]:
    return frozenset(key >> CLASS_BITS for key in spool.keys)


def _count_in(spool: Spool | None, contents: frozenset[int]) -> int:
    return sum(key >> CLASS_BITS in contents for key in spool.keys) if spool and contents else 0


def _unless(contents: frozenset[int], route: Route) -> Route:
    if not contents:
        return route
    return lambda key: None if key >> CLASS_BITS in contents else route(key)


def _hold_out(train: Survey) -> Route:
    takes = choose_holdout(train).takes
    return lambda key: "test" if takes(key) else "train"


def write_splits(spools: dict[str, Spool], routes: dict[str, Route], folder: Path) -> dict[str, Counter[int]]:
    """Writes `<folder>/<split>.jsonl`, removing each spool once read; returns the keys' classes counted per split."""
    counts: dict[str, Counter[int]] = {}
    with ExitStack() as files:
        outputs = {split: files.enter_context(_path(folder, split).open("wb")) for split in _targets(spools)}
        for name, spool in spools.items():
            for split, key, line in _routed(spool, routes[name]):
                outputs[split].write(line)
                counts.setdefault(split, Counter())[key & (2**CLASS_BITS - 1)] += 1
            spool.path.unlink()
    return counts


def _targets(spools: Iterable[str]) -> set[str]:
    return {*spools, "test"}


def _routed(spool: Spool, route: Route) -> Iterator[tuple[str, int, bytes]]:
    for key, line in spool.lines():
        if split := route(key):
            yield split, key, line


def _path(folder: Path, split: str) -> Path:
    return folder / f"{split}.jsonl"
