"""A column whose cells say of each row whether it is for training, validation or test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from contracts.problems import Problem
from functions.common.text import counted, listed, quoted
from functions.inspect.formats import Table, UnreadableError
from functions.inspect.formats.base import Numbered
from functions.inspect.layouts import Plan
from functions.inspect.layouts.split_names import SPLITS
from functions.inspect.sources import Opener, open_source
from functions.inspect.tables.spread_sample import spread_over
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
_SAMPLED_FILES = 8
_VALUES = SPLITS | {"training": "train", "testing": "test", "eval": "validation"}


def with_split_column(
    plan: Plan, open_file: Opener, named: Collection[str] = ()
) -> Plan:
    """The plan with the splits that a column of its files names; as it was where there is none.

    All rows decide: most of them must name a split. The others, and files without the column, are refused where they
    are read. `named` are the columns that the settings give another role. The files are read once for their splits.
    """
    if [*plan.splits] != ["train"]:
        return plan
    amounts: dict[str, Counter[str | None]] = {}
    try:
        for file in plan.splits["train"]:
            with open_source(file, open_file) as table:
                _count(amounts, table, _candidates(table, named))
    except UnreadableError:
        return plan
    header = _divider(amounts)
    rows = amounts.get(header, Counter())
    if len(rows) < 2:
        return plan
    counts = {split: rows[split] for split in SPLITS.values()}
    counts["train"] += rows[None]
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


def sampled_split_column(
    plan: Plan, open_file: Opener, named: Collection[str] = ()
) -> str:
    """The column of splits of a drop that is checked in shards, by the first rows of some files from all over it.

    Empty where there is none. A file that can't be read has other problems.
    """
    if [*plan.splits] != ["train"]:
        return ""
    amounts: dict[str, Counter[str | None]] = {}
    for file in spread_over(plan.splits["train"], _SAMPLED_FILES):
        with suppress(UnreadableError), open_source(file, open_file) as table:
            for header in _candidates(table, named):
                cells = (row.get(header) for row in table.sample)
                amounts.setdefault(header, Counter()).update(map(_split, cells))
    return _divider(amounts)


def no_training_rows(header: str | None) -> Problem:
    return Problem(
        "rows to train on",
        f"none whose column {quoted(header)} says train",
        "Write train, validation or test into the column of each row.",
        column=header,
    )


def _candidates(table: Table, named: Collection[str]) -> list[str]:
    return [
        name for name in table.columns if plain(name) in _NAMES and name not in named
    ]


def _count(
    amounts: dict[str, Counter[str | None]], table: Table, headers: Sequence[str]
) -> None:
    """Counts the rows of each split, by each column; None is a cell that names no split."""
    for header in headers:
        amounts.setdefault(header, Counter())
    for _, row in table.rows({name: name for name in headers}) if headers else ():
        if isinstance(row, dict):
            for header in headers:
                amounts[header][_split(row[header])] += 1


def _divider(amounts: Mapping[str, Counter[str | None]]) -> str:
    """The only column most of whose cells are names of splits; empty where there is none."""
    headers = []
    for header, rows in amounts.items():
        if rows.total() and rows[None] * 2 <= rows.total():
            headers.append(header)
    return headers[0] if len(headers) == 1 else ""


def _split(cell: object) -> str | None:
    return _VALUES.get(cell.strip().lower()) if isinstance(cell, str) else None


def rows_of_split(table: Table, header: str, split: str) -> Table:
    """The table with the rows of one split alone, without the column; what is broken counts as training.

    Raises `UnreadableError` for a table without the column; of other splits it has no rows.
    """
    if header not in table.columns and split != "train":
        return replace(table, rows=lambda _: iter(()), blocks=None)
    if header not in table.columns:
        raise UnreadableError(
            Problem(
                f"the column {quoted(header)}, as in other files",
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
        "Correct the cell, or delete the row; or write the rows of each split into files of their own.",
        column=header,
    )
