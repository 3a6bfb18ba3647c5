"""Labels written as 0 and 1: a column for each label, or a row of digits in one column. They become names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from contracts.problems import Problem
from functions.common.text import listed, quoted
from functions.inspect.common.yaml_text import COPY
from functions.inspect.detection.column_contents import (
    ColumnContent,
    Kind,
    binary_digit,
    contents_of,
)
from functions.inspect.detection.detection import Detection
from functions.inspect.exports import Reading, converted
from functions.inspect.formats import Table, UnreadableError
from functions.inspect.labels.settings import choice
from functions.inspect.settings_file import Options
from tasks import Row, cells, every_variant, find_task
from tasks.base import plain
from tasks.text_classification import TASK

_LEAST = 2
"""Columns, or places of a vector."""
_MULTI_LABEL = "multi-label"
Names = Callable[[Row], list[str] | Problem]
"""The labels of a row."""


def label_columns_of(table: Table, options: Options) -> list[str]:
    """The columns of 0 and 1 whose names are the labels; none where labels are written otherwise."""
    if not _may_have_labels(options):
        return []
    columns = options.labels.get("columns") or _label_columns(
        contents_of(table.columns, table.sample)
    )
    return [] if {*columns} & {*options.columns.values()} else list(columns)


def with_names_of_digits(
    table: Table, columns: Sequence[str], options: Options, detection: Detection | None
) -> Table:
    """The table with a column `labels` of names, or `label` where every row has one; as it was where no labels are
    written as digits.

    `columns` are those of `label_columns_of` in the first file, `detection` is what was made of it. Raises
    `UnreadableError` where nothing says what the labels are called.
    """
    is_single = "label" in detection.mapping if detection else None
    if columns:
        is_there = {*columns} <= {*table.columns}
        return _from_columns(table, columns, options, is_single) if is_there else table
    column = _vector_column(table) if _may_have_labels(options) else None
    return _from_vectors(table, column, options, is_single) if column else table


def _may_have_labels(options: Options) -> bool:
    return options.task is None or find_task(options.task).name == TASK.name


def _label_columns(contents: dict[str, ColumnContent]) -> list[str]:
    """Columns of 0 and 1 beside a text, where no other column holds answers by its name."""
    binary = [content for content in contents.values() if content.is_binary]
    digits = {content.name for content in binary if content.kind is Kind.NAMES}
    zeros = {content.name for content in binary if content.kind is Kind.CONSTANT}
    has_text = any(content.kind is Kind.TEXTS for content in contents.values())
    if len(digits) < _LEAST or not has_text:
        return []
    plain_digits = {plain(name) for name in digits}
    others = {plain(name) for name in contents} - plain_digits
    if others & _answer_names() or plain_digits & {*_label_names()}:
        return []
    return [name for name in contents if name in digits | zeros]


@cache
def _answer_names() -> frozenset[str]:
    """What any task calls its answers."""
    return frozenset(
        name for task in every_variant() for name in _names_of(task.targets)
    )


@cache
def _label_names() -> frozenset[str]:
    return frozenset(_names_of(("label", "labels")))


def _names_of(targets: Iterable[str]) -> list[str]:
    columns = [column for task in every_variant() for column in task.columns]
    matching = [column for column in columns if column.name in targets]
    return [name for column in matching for name in (column.name, *column.aliases)]


def _vector_column(table: Table) -> str | None:
    """The only column of lists, if it is one of labels and its lists are of one length and hold nothing but 0 and 1."""
    contents = contents_of(table.columns, table.sample)
    lists = [
        content.name for content in contents.values() if content.kind is Kind.LISTS
    ]
    if len(lists) != 1 or plain(lists[0]) not in _label_names():
        return None
    vectors = [_digits(row.get(lists[0])) for row in table.sample]
    lengths = {len(vector or ()) for vector in vectors}
    return lists[0] if len(lengths) == 1 and min(lengths) >= _LEAST else None


def _digits(cell: object) -> list[str] | None:
    """`0` and `1` of a vector; None of any other cell."""
    value = cells.decoded(cell)
    digits = [binary_digit(item) for item in value] if isinstance(value, list) else []
    return digits if digits and {*digits} <= {"0", "1"} else None


def _from_columns(
    table: Table, columns: Sequence[str], options: Options, is_single: bool | None
) -> Table:
    def names(row: Row) -> list[str] | Problem:
        labels = []
        for column in columns:
            digit = binary_digit(row.get(column))
            if digit not in ("0", "1"):
                return Problem(
                    "0 or 1",
                    quoted(digit),
                    "Correct it or delete the row.",
                    None,
                    None,
                    column,
                )
            labels += [column] if digit == "1" else []
        return labels

    note = f"labels: the names of those of {listed(columns)} that hold 1"
    return _named(table, names, columns, note, options, is_single=is_single)


def _from_vectors(
    table: Table, column: str, options: Options, is_single: bool | None
) -> Table:
    length = len(_digits(table.sample[0].get(column)) or ())
    called = options.labels.get("names")
    if called is None:
        raise UnreadableError(_question(column, length, options))
    if len(called) != length:
        expected = f"{length} names, one for each place of {quoted(column)}"
        raise UnreadableError(
            Problem(expected, f"{len(called)}", "Correct `labels.names`.")
        )

    def names(row: Row) -> list[str] | Problem:
        digits = _digits(row.get(column))
        if digits is None or len(digits) != length:
            actual = quoted(cells.text(row.get(column)))
            return Problem(
                f"{length} times 0 or 1",
                actual,
                "Correct it or delete the row.",
                None,
                None,
                column,
            )
        return [
            name for name, digit in zip(called, digits, strict=True) if digit == "1"
        ]

    note = f"labels: the names of the places of {quoted(column)} that hold 1"
    return _named(table, names, [column], note, options, is_single=is_single)


def _question(column: str, length: int, options: Options) -> Problem:
    numbered = [f"{column}_{place}" for place in range(length)]
    return Problem(
        f"the names of labels in {quoted(column)}",
        f"rows of {length} times 0 or 1, which do not say what each place stands for",
        f"Put the names of the labels into traindrop.yaml, in their order. {COPY}",
        choices=(choice("calls the places by their numbers", options, names=numbered),),
    )


def _named(
    table: Table,
    names: Names,
    columns: Sequence[str],
    note: str,
    options: Options,
    *,
    is_single: bool | None,
) -> Table:
    if is_single is None:
        is_single = _is_single([names(row) for row in table.sample], options)

    def convert(row: Row) -> Row | Problem:
        labels = names(row)
        if isinstance(labels, Problem):
            return labels
        rest = {name: value for name, value in row.items() if name not in columns}
        if not is_single:
            return rest | {"labels": labels}
        return (
            rest | {"label": labels[0]}
            if len(labels) == 1
            else _no_single(columns, labels)
        )

    kept = {*options.columns.values()} & {*table.columns}
    return converted(table, Reading(convert, note), kept)


def _is_single(sample: Sequence[list[str] | Problem], options: Options) -> bool:
    """Whether each of the first rows has exactly one label, and nothing says that there may be more."""
    if options.task is not None and find_task(options.task).variant == _MULTI_LABEL:
        return False
    return all(len(labels) == 1 for labels in sample if isinstance(labels, list))


def _no_single(columns: Sequence[str], labels: Sequence[str]) -> Problem:
    return Problem(
        f"exactly one of {listed(columns)} to be 1, as in the first rows",
        listed(labels) if labels else "none",
        f"Correct the row, or say `task: text-classification/{_MULTI_LABEL}` in traindrop.yaml.",
    )
