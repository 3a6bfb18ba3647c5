"""How one model stands beside another, in the words that the gate, the report and every message share."""

from __future__ import annotations

from enum import StrEnum


class Standing(StrEnum):
    BETTER = "better than"
    UNCLEAR = "not clearly better than"
    WORSE = "worse than"


def standing(low: float, high: float) -> Standing:
    """From the ends of the 95 % interval of the difference: only what lies wholly on one side of 0 is clear."""
    if low > 0:
        return Standing.BETTER
    return Standing.WORSE if high < 0 else Standing.UNCLEAR
