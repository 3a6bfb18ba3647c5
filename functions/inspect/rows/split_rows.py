"""The checked rows of one split, wherever they lie: what decides about them asks for no more than this."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from functions.inspect.rows.classes import Classes
from functions.inspect.rows.keys import Keys, Range
from tasks import Row, Task

Convert = Callable[[Row], Row | None]
"""A canonical row -> the row with its answer as it is learnt, None for one without an answer."""


@dataclass
class Label:
    """How many rows of a split hold a label, and the first one's number."""

    first: int
    rows: int = 0


class SplitRows(Protocol):
    """Rows in their order, each with a key and the number a person finds it by."""

    def __len__(self) -> int: ...

    @property
    def keys(self) -> array[int]: ...

    @property
    def shared(self) -> Sequence[array[int]]:
        """The hashes of the texts that rows may have in common; none where rows share no text."""

    def keys_in(self, bounds: Range) -> Keys:
        """The keys of a range, sorted."""

    def numbered_keys(self) -> Iterator[tuple[array[int], array[int]]]:
        """Keys and numbers of all rows, some at a time."""

    def class_rows(self) -> Counter[int]:
        """The rows of each class id."""

    def first_number(self, class_id: int) -> int:
        """The number of a class's first row."""

    def answers(self, task: Task) -> Iterable[object]:
        """Every answer that some row has, the first row's first; None for a row without one."""

    def copied_columns(self) -> Sequence[str]:
        """The columns whose texts are alike in every row; none where they differ in some row."""

    def empty_answers(self, target: str) -> Iterator[tuple[int, int]]:
        """Place and number of each row whose answer is an empty text."""

    def first_written(self, form: str, label: Label) -> str:
        """The first number that is written in a form, as it is written."""

    def converted(
        self, task: Task, convert: Convert, classes: Classes, labels: dict[str, Label]
    ) -> tuple[Self, array[int] | None]:
        """The rows that have an answer, with the answer as it is learnt; and their places among these, where known.

        `classes` and `labels` count what they hold.
        """


def answer_of(task: Task, row: Row) -> object:
    """The row's answer; None where it has none, or one that depends on places in the text."""
    answer = next((row[name] for name in task.targets if name in row), None)
    return (
        None
        if isinstance(answer, list) and any(isinstance(item, dict) for item in answer)
        else answer
    )


def are_copies(row: Row) -> bool:
    """Whether all columns of a row, several, hold the same text."""
    values = list(row.values())
    return len(values) > 1 and all(
        isinstance(value, str) and value == values[0] for value in values
    )
