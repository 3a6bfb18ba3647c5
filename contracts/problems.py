"""What is wrong with a drop, in the words that the user reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from contracts.documents import Record


@dataclass(frozen=True)
class Choice(Record):
    """One way to settle what a drop leaves open."""

    document: ClassVar[str] = "choice"

    meaning: str
    """What Traindrop then does, for example `learns the labels in 'stance'`."""
    settings: str
    """The lines for traindrop.yaml, ready to copy, without a line break at the end."""


class Described(Protocol):
    """What the text of a problem is made from."""

    @property
    def file(self) -> str | None: ...
    @property
    def row(self) -> int | None: ...
    @property
    def column(self) -> str | None: ...
    @property
    def expected(self) -> str: ...
    @property
    def found(self) -> str: ...
    @property
    def remedy(self) -> str: ...
    @property
    def choices(self) -> tuple[Choice, ...]: ...


def problem_text(problem: Described) -> str:
    """Where, what was expected, what was found, what to do. Each choice follows on lines of its own."""
    where = f"{location}: " if (location := _location(problem)) else ""
    remedy = f" {problem.remedy}" if problem.remedy else ""
    sentence = f"{where}expected {problem.expected}; found {problem.found}.{remedy}"
    return "\n".join([sentence, *(_choice_text(choice) for choice in problem.choices)])


def _location(problem: Described) -> str:
    column = f"column {problem.column!r}" if problem.column else None
    row = f"row {problem.row}" if problem.row else None
    return ", ".join(place for place in (problem.file, row, column) if place)


def _choice_text(choice: Choice) -> str:
    lines = "".join(f"\n    {line}" for line in choice.settings.splitlines())
    return f"  traindrop.yaml that {choice.meaning}:{lines}"


@dataclass(frozen=True)
class Problem:
    """Why a drop was refused. `expected`, `found` and `remedy` are clauses.

    With `choices` the drop can be read in more than one way, and its owner is asked: each choice settles it.
    """

    expected: str
    found: str
    remedy: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    choices: tuple[Choice, ...] = ()

    def __str__(self) -> str:
        return problem_text(self)
