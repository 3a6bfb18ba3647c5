"""A column whose cells say of each row whether it is for training, validation or test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace

from contracts.problems import Problem
from functions.common.text import counted, quoted
from functions.inspect.formats import Table, UnreadableError
from functions.inspect.formats.base import Numbered
from functions.inspect.layouts import Plan
from functions.inspect.layouts.split_names import SPLITS
from functions.inspect.sources import Opener, open_source
from tasks import Mapping, Row
from tasks.base import plain

_NAMES = frozenset(
    [
        "split",
        "set",
        "subset",
        "partition",
        "fold",
        "usage",
        "dataset_split",
        "data_split",
    ]
)
_CELL = "split"
_VALUES = SPLITS | {"training": "train", "testing": "test", "eval": "validation"}


def with_split_column(
    plan: Plan, open_file: Opener, named: Collection[str] = ()
) -> Plan:
    """The plan with the splits that a column of its files names; as it was where there is none.

    `named` are the columns that the settings give another role. The files are read once for their splits.
    """
    if [*plan.splits] != ["train"]:
        return plan
    try:
        header, rows = _read(plan, open_file, named)
    except UnreadableError:
        return plan
    if header is None or len(rows) == 1 or "train" not in rows or None in rows:
        return plan
    names = [split for split in dict.fromkeys(SPLITS.values()) if rows[split]]
    amounts = ", ".join(f"{rows[split]:,} {split}" for split in names)
    note = f"The column {quoted(header)} divides the {counted(rows.total(), 'row')}: {amounts}."
    splits = dict.fromkeys(names, plan.splits["train"])
    return replace(plan, splits=splits, split_column=header, notes=(*plan.notes, note))


def split_column_problem(
    plan: Plan, open_file: Opener, named: Collection[str] = ()
) -> Problem | None:
    """A column of splits in a drop that is checked in shards. A file that can't be read has other problems."""
    if [*plan.splits] != ["train"]:
        return None
    file, header = plan.splits["train"][0], None
    with suppress(UnreadableError), open_source(file, open_file) as table:
        header = _header(table, named)
    if header is None:
        return None
    return Problem(
        "a drop of this size to name its splits by files",
        f"the column {quoted(header)}, which names the split of each row",
        "Write the rows of each split into files of their own, named train-0000.…, validation-0000.… and test-0000.…",
        file.name,
        column=header,
    )


def _read(
    plan: Plan, open_file: Opener, named: Collection[str]
) -> tuple[str | None, Counter[str | None]]:
    """The column of all files, and the rows of each split; None among them where a cell names no split."""
    headers: set[str | None] = set()
    rows: Counter[str | None] = Counter()
    for file in plan.splits["train"]:
        with open_source(file, open_file) as table:
            header = _header(table, named)
            headers.add(header)
            if header is None or len(headers) > 1:
                return None, rows
            rows.update(_splits(table, header))
    return headers.pop(), rows


def _header(table: Table, named: Collection[str]) -> str | None:
    """The only column of such a name whose first cells are all names of splits."""
    headers = [
        name for name in table.columns if plain(name) in _NAMES and name not in named
    ]
    cells = [row.get(headers[0]) for row in table.sample] if len(headers) == 1 else []
    return headers[0] if cells and all(map(_split, cells)) else None


def _splits(table: Table, header: str) -> Iterator[str | None]:
    for _, row in table.rows({_CELL: header}):
        if isinstance(row, dict):
            yield _split(row[_CELL])


def _split(cell: object) -> str | None:
    return _VALUES.get(cell.strip().lower()) if isinstance(cell, str) else None


def rows_of_split(table: Table, header: str, split: str) -> Table:
    """The table with the rows of one split alone, without the column; what is broken counts as training."""

    def is_of_split(row: Row) -> bool:
        return _split(row.pop(_CELL)) == split

    def rows(mapping: Mapping) -> Iterator[Numbered]:
        for number, row in table.rows({**mapping, _CELL: header}):
            is_kept = is_of_split(row) if isinstance(row, dict) else split == "train"
            if is_kept:
                yield number, row

    columns = tuple(name for name in table.columns if name != header)
    sample = []
    for row in table.sample:
        sample.append({name: row[name] for name in row if name != header})
    return replace(table, columns=columns, sample=sample, rows=rows, blocks=None)
