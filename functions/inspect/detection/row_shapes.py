"""How the rows of a file become rows of a task, where that is more than to rename columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from functions.inspect.formats.base import Numbered
from tasks import Mapping

Convert = Callable[[Iterator[Numbered]], Iterator[Numbered]]


@dataclass(frozen=True)
class Shape:
    """`columns` names what is read of the table, key -> header; `convert` makes rows of the task of those rows."""

    columns: Mapping
    convert: Convert
