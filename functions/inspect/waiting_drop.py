"""What becomes of the note that a drop waits, once Inspect has looked at the drop.

The note is read before the files are: so an event that comes later shows that the look did not see everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from contracts.arrival import Arrival
from contracts.outcomes import InspectOutcome
from functions.common.drop import DropLocation, locate

AGAIN_SECONDS = 1
_UNCLAIMED = frozenset({InspectOutcome.DUPLICATE, InspectOutcome.IGNORED})

Answer = dict[str, Any]


class Notes(Protocol):
    """What is asked of the ledger's arrivals."""

    def find(self, model: str, prefix: str) -> Arrival | None: ...
    def settle(self, model: str, prefix: str, generation: int) -> bool: ...
    def unwatch(self, model: str, prefix: str) -> None: ...
    def leave(self, model: str, prefix: str, key: str, run: str) -> bool: ...


def look(inspect: Callable[[str], Answer], notes: Notes, key: str) -> Answer:
    """The answer of `inspect(key)`, or that it must be asked again because the drop or its model has changed."""
    place = locate(key)
    if place is None:
        return inspect(key)
    note = notes.find(place.model, place.prefix)
    answer = inspect(key)
    if _is_settled(answer, notes, place, key, note.generation if note else 0):
        return answer
    return {
        "outcome": InspectOutcome.ARRIVING,
        "model": place.model,
        "wait_seconds": AGAIN_SECONDS,
    }


def _is_settled(
    answer: Answer, notes: Notes, place: DropLocation, key: str, generation: int
) -> bool:
    """False where the execution must look again. After a claim it never must: who frees the model has it looked at."""
    outcome = answer["outcome"]
    if outcome == InspectOutcome.ARRIVING:
        return True
    if outcome == InspectOutcome.BUSY:
        return notes.leave(place.model, place.prefix, key, answer["run"])
    if notes.settle(place.model, place.prefix, generation):
        return True
    if outcome in _UNCLAIMED:
        return False
    notes.unwatch(place.model, place.prefix)
    return True
