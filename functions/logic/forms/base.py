"""What a drop form is: a way to lay out files that Traindrop knows how to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.logic.drop import DropFile
from tasks import Problem


@dataclass(frozen=True)
class Plan:
    """How a drop is read: which file is which split. A plan without `test` has its held-out rows split off `train`."""

    form: str
    splits: dict[str, DropFile]

    @property
    def files(self) -> list[DropFile]:
        return list(self.splits.values())


@dataclass(frozen=True)
class Form:
    """`recognise` takes a drop's files and gives a plan, what is wrong with them, or None where it is another form."""

    name: str
    recognise: Callable[[Sequence[DropFile]], Plan | Problem | None]
