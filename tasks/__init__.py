"""What a task is, as pure data: imported by functions, training, inference and the docs, so it needs no library."""

from tasks.base import Column, Mapping, Row, Task, UnknownTaskError
from tasks.registry import TASKS, every_variant, find_task, get_task, names_of

__all__ = [
    "TASKS",
    "Column",
    "Mapping",
    "Row",
    "Task",
    "UnknownTaskError",
    "every_variant",
    "find_task",
    "get_task",
    "names_of",
]
