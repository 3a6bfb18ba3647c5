"""Which task a table is for, told from its columns, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from functions.logic.problems import listed, quoted
from tasks import TASKS, Column, Mapping, Problem, Row, Task

_NEAR = 0.7
_NAME_LENGTH = 60
_NAME_WORDS = 5


@dataclass(frozen=True)
class Detection:
    """The task, which user column is which of its columns, and the reasons as sentences."""

    task: Task
    mapping: Mapping
    reasons: tuple[str, ...]


def detect(
    columns: Sequence[str], sample: Sequence[Row], tasks: Iterable[Task] = TASKS.values()
) -> Detection | Problem:
    """The task most of whose columns the table has, the earlier task winning a tie; or what the columns lack."""
    options = [(task, map_columns(task, columns)) for task in tasks]
    complete = [(task, mapping) for task, mapping in options if not _missing(task, mapping)]
    if complete:
        task, mapping = max(complete, key=lambda option: len(option[1]))
        return Detection(task, mapping, tuple(_reasons(task, mapping, columns)))
    if not any(mapping for _, mapping in options) and (row := _data_as_header(columns, sample)):
        return row
    task, mapping = min(options, key=lambda option: len(_missing(*option)))
    return _lacking(task, mapping, columns)


def map_columns(task: Task, columns: Sequence[str]) -> Mapping:
    """Canonical to user's names: a column's own name first, then its aliases in their order, then the table's order."""
    mapping: Mapping = {}
    for column in task.columns:
        free = [name for name in columns if name not in mapping.values()]
        if candidates := _candidates(column, free):
            mapping[column.name] = candidates[0]
    return mapping


def _candidates(column: Column, columns: Sequence[str]) -> list[str]:
    order = (column.name, *column.aliases)
    return sorted((name for name in columns if column.accepts(name)), key=lambda name: order.index(_plain(name)))


def _plain(name: str) -> str:
    return name.strip().lower()


def _missing(task: Task, mapping: Mapping) -> list[Column]:
    return [column for column in task.columns if column.required and column.name not in mapping]


def _reasons(task: Task, mapping: Mapping, columns: Sequence[str]) -> Iterable[str]:
    read = ", ".join(
        f"{quoted(mapping[column.name])} as {column.name}" for column in task.columns if column.name in mapping
    )
    yield f"{task.title}: column {read}."
    for column in task.columns:
        others = [name for name in _candidates(column, columns) if name not in mapping.values()]
        if column.name in mapping and others:
            chosen = quoted(mapping[column.name])
            yield f"{listed(others)} could be the {column.name} too; {chosen} was taken, as the more usual name."
    unused = [name for name in columns if name not in mapping.values()]
    if unused:
        yield f"Not used: {listed(unused)}."


def _lacking(task: Task, mapping: Mapping, columns: Sequence[str]) -> Problem:
    missing = _missing(task, mapping)
    free = [name for name in columns if name not in mapping.values()]
    expected = " and ".join(f"a column for the {column.name}" for column in missing)
    remedy = " ".join(_advice(column, free) for column in missing)
    return Problem(expected, f"the columns {listed(columns)}" if columns else "no columns", remedy)


def _advice(column: Column, free: Sequence[str]) -> str:
    known = (column.name, *column.aliases)
    for name in free:
        if near := get_close_matches(_plain(name), known, n=1, cutoff=_NEAR):
            return f"Column {quoted(name)} looks like {near[0]!r}: rename it to {near[0]!r}."
    return f"Name the column {column.name!r} (or {', '.join(column.aliases[:5])})."


def _data_as_header(columns: Sequence[str], sample: Sequence[Row]) -> Problem | None:
    """The problem of a first row that holds data: long texts, numbers, or values that come again below."""
    if not any(_is_data(name, [row.get(name) for row in sample]) for name in columns):
        return None
    names = ",".join(column.name for column in next(iter(TASKS.values())).columns if column.required)
    return Problem(
        "a header row with the names of the columns",
        f"data in the first row: {listed(columns)}",
        f"Add a first line with the names, for example {names}",
        row=1,
    )


def _is_data(name: str, below: Sequence[object]) -> bool:
    is_number = name.replace(".", "", 1).lstrip("+-").isdigit()
    is_sentence = len(name) > _NAME_LENGTH or len(name.split()) > _NAME_WORDS
    return is_number or is_sentence or name in below
