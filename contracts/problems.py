"""What is wrong with a drop, in the words that the user reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Why a drop was refused: where, what was expected, what was found, what to do. Every part is a clause."""

    expected: str
    found: str
    remedy: str
    file: str | None = None
    row: int | None = None
    column: str | None = None

    @property
    def where(self) -> str:
        column = f"column {self.column!r}" if self.column else None
        row = f"row {self.row}" if self.row else None
        return ", ".join(place for place in (self.file, row, column) if place)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}expected {self.expected}; found {self.found}. {self.remedy}"
