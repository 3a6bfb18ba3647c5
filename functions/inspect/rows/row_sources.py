"""Where held-out rows come from: a line `file,row` for each, so that people find them in their own files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from functions.inspect.layouts import Plan
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.splits import SplitAssigner


def write_sources(
    plan: Plan,
    examination: Examination,
    routes: Mapping[str, SplitAssigner],
    path: Path,
) -> None:
    """In the order in which `write_splits` writes the rows of the test split."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(_held_out(plan, examination, routes))


def _held_out(
    plan: Plan, examination: Examination, routes: Mapping[str, SplitAssigner]
) -> Iterator[tuple[str, int]]:
    for split, spool in examination.spools.items():
        rows = examination.file_rows[split]
        names = _repeated((file.name, rows[file.name]) for file in plan.splits[split])
        for name, key, number in zip(names, spool.keys, spool.numbers, strict=True):
            if routes[split](key) == "test":
                yield name, number


def _repeated(counts: Iterable[tuple[str, int]]) -> Iterator[str]:
    for name, count in counts:
        for _ in range(count):
            yield name
