"""One line of the report: what was looked up, how it stands, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a finding stands. `UNKNOWN` could not be looked up: that alone stops nobody from deploying."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """`text` states the fact; `remedy` says what to do, empty where nothing is to be done."""

    state: State
    text: str
    remedy: str = ""

    def lines(self) -> list[str]:
        first = f"{self.state:<8} {self.text}"
        return [first, f"{'':<8} -> {self.remedy}"] if self.remedy else [first]
