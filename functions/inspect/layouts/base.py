"""What a drop form is: a way to lay out files that Traindrop knows how to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from contracts.problems import Problem
from functions.common.drop import DropFile

Route = Literal["rows", "script", "archive", "hub"]
"""What is done with a drop: its rows are learnt from, its own script is run on its files, its archive or a model of
the Hub is deployed as it is."""


@dataclass(frozen=True)
class Plan:
    """How a drop is read. A `rows` plan without `test` has its held-out rows split off `train`."""

    form: str
    splits: dict[str, tuple[DropFile, ...]] = field(default_factory=dict)
    """Of `rows`, the tables of each split in order; of `script`, the files of each channel."""
    route: Route = "rows"
    archive: DropFile | None = None
    notes: tuple[str, ...] = ()
    """Sentences on files that are not read, and on what was decided."""
    split_column: str | None = None
    """The column that says of each row which of `splits` it belongs to: each of them has all files then."""

    def name_of(self, split: str) -> str:
        """What a split is called in a message: its file, or the folder of its files."""
        first = self.splits[split][0].name
        return (
            first
            if len(self.splits[split]) == 1
            else f"{first.rpartition('/')[0] or split}/"
        )


@dataclass(frozen=True)
class Form:
    """`recognise` takes the data files of a drop and gives a plan, what is wrong with them, or None where it is another
    form."""

    name: str
    recognise: Callable[[Sequence[DropFile]], Plan | Problem | None]
