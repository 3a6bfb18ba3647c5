"""What a table is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from functions.inspect.formats.base import Numbered
from tasks import Mapping, Task

Convert = Callable[[Iterator[Numbered]], Iterator[Numbered]]


@dataclass(frozen=True)
class Shape:
    """How the rows of a file become rows of a task, where that is more than to rename columns.

    `columns` names what is read of the table, key -> header; `convert` makes rows of the task of those rows.
    """

    columns: Mapping
    convert: Convert


@dataclass(frozen=True)
class Detection:
    """The task, which user column is which of its columns, and the reasons as sentences.

    `shape` makes rows of the task of the file's rows, where columns that are renamed are not enough.
    """

    task: Task
    mapping: Mapping
    reasons: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    shape: Shape | None = None
