"""A column whose cells say of each row whether it is for training, validation or test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from contracts.problems import Problem
from functions.common.text import counted, listed, quoted
from functions.inspect.formats import Table, UnreadableError
from functions.inspect.formats.base import Numbered
from functions.inspect.layouts import Plan
from functions.inspect.layouts.split_names import SPLITS
from functions.inspect.sources import Opener, open_source
from tasks import Mapping as Columns
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
    counts = {split: rows[split] for split in SPLITS.values()}
    return with_rows_of_splits(in_splits(plan, header), counts)


def in_splits(plan: Plan, header: str) -> Plan:
    """The plan of a table that a column divides: each split has all its files."""
    splits = dict.fromkeys(SPLITS.values(), plan.splits["train"])
    return replace(plan, splits=splits, split_column=header)


def with_rows_of_splits(plan: Plan, rows: Mapping[str, int]) -> Plan:
    """A plan of `in_splits` without the splits that have no rows, and with a note on the others."""
    names = [split for split in plan.splits if rows.get(split)]
    amounts = ", ".join(f"{rows[split]:,} {split}" for split in names)
    total = counted(sum(rows[split] for split in names), "row")
    note = f"The column {quoted(plan.split_column)} divides the {total}: {amounts}."
    splits = {split: plan.splits[split] for split in names}
    return replace(plan, splits=splits, notes=(*plan.notes, note))


def first_split_column(
    plan: Plan, open_file: Opener, named: Collection[str] = ()
) -> str:
    """The column of splits in the first file of a drop that is checked in shards; empty where there is none.

    A file that can't be read has other problems.
    """
    if [*plan.splits] != ["train"]:
        return ""
    header = None
    with (
        suppress(UnreadableError),
        open_source(plan.splits["train"][0], open_file) as table,
    ):
        header = _header(table, named)
    return header or ""


def no_training_rows(header: str) -> Problem:
    return Problem(
        "rows to train on",
        f"none whose column {quoted(header)} says train",
        "Write train, validation or test into the column of each row.",
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
    """The table with the rows of one split alone, without the column; what is broken counts as training.

    Raises `UnreadableError` for a table without the column.
    """
    if header not in table.columns:
        raise UnreadableError(
            Problem(
                f"the column {quoted(header)}, as in the first file",
                f"the columns {listed(table.columns)}",
                "Name the split of each row in every file.",
            )
        )

    def rows(mapping: Columns) -> Iterator[Numbered]:
        for number, row in table.rows({**mapping, _CELL: header}):
            problem = row if isinstance(row, Problem) else None
            if not isinstance(row, Problem):
                cell = row.pop(_CELL)
                problem = None if _split(cell) else _unknown_split(cell, header)
            if problem and split == "train":
                yield number, problem
            elif not problem and _split(cell) == split:
                yield number, row

    columns = tuple(name for name in table.columns if name != header)
    sample = []
    for row in table.sample:
        sample.append({name: row[name] for name in row if name != header})
    return replace(table, columns=columns, sample=sample, rows=rows, blocks=None)


def _unknown_split(cell: object, header: str) -> Problem:
    return Problem(
        "the name of a split: train, validation or test",
        quoted(cell) if cell not in (None, "") else "nothing",
        "Correct the cell; or write the rows of each split into files of their own.",
        column=header,
    )
