"""What a table is for."""

from __future__ import annotations

from dataclasses import dataclass

from functions.inspect.detection.row_shapes import Shape
from tasks import Mapping, Task


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
