"""The problems of one drop: the first ones in full, the rest counted, every text short enough for a record."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from contracts.problems import Problem

DETAILED = 20
CLAUSE_LIMIT = 400


class Problems:
    """Collects what is wrong with a drop."""

    def __init__(self) -> None:
        self.first: list[Problem] = []
        self.count = 0

    def add(self, problem: Problem, file: str | None = None) -> None:
        self.count += 1
        if len(self.first) < DETAILED:
            self.first.append(replace(problem, file=problem.file or file))

    def __bool__(self) -> bool:
        return self.count > 0

    def records(self) -> list[dict[str, Any]]:
        """At most 20 problems as the run record keeps them."""
        return [_record(problem) for problem in self.first]


def _record(problem: Problem) -> dict[str, Any]:
    short = replace(
        problem,
        expected=_cut(problem.expected),
        found=_cut(problem.found),
        remedy=_cut(problem.remedy),
    )
    choices = (
        {"choices": [asdict(choice) for choice in short.choices]}
        if short.choices
        else {}
    )
    return choices | {
        "file": short.file,
        "row": short.row,
        "column": short.column,
        "expected": short.expected,
        "found": short.found,
        "remedy": short.remedy,
        "message": str(short),
    }


def _cut(text: str) -> str:
    return text if len(text) <= CLAUSE_LIMIT else text[: CLAUSE_LIMIT - 1] + "…"
