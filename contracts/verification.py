"""`verification.json`: requests, and what the packed model answers. Training writes it, Verify asks the endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from contracts import locations
from contracts.documents import ABSENT, Record

TOLERANCE = 0.02
"""How far a number may differ: bf16 in training and float32 in serving differ by about a hundredth."""
MAX_ROWS = 16


@dataclass(frozen=True)
class VerifiedRow(Record):
    """One request and its answers, parsed JSON; `ABSENT` where no answer is known."""

    request: Any
    response: Any = ABSENT
    """Of the weights. Without it the endpoint only has to answer."""
    graph_response: Any = ABSENT
    """Of the graph packed beside the weights, which may be less precise."""

    @property
    def answers(self) -> tuple[Any, ...]:
        """The known answers: an endpoint may give either."""
        answers = (self.response, self.graph_response)
        return tuple(answer for answer in answers if answer is not ABSENT)


@dataclass(frozen=True)
class Verification(Record):
    document: ClassVar[str] = locations.VERIFICATION

    tolerance: float
    rows: tuple[VerifiedRow, ...]
