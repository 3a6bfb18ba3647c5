"""What the ledger says of a model, and of the drops that runs claim for it. Times are ISO 8601 in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from contracts.documents import Record
from contracts.drift import Drift


@dataclass(frozen=True)
class ModelRecord(Record):
    """A name under `datasets/`; `champion` is the run that is live, `active_run` the one in progress."""

    document: ClassVar[str] = "model record"

    model: str
    endpoint: str
    updated_at: str
    champion: str | None = None
    previous_champion: str | None = None
    task: str | None = None
    """The champion's task, so that one read is enough to answer a prediction."""
    custom: bool | None = None
    """Whether the champion is served by code of its own, which decides what a request looks like."""
    mode: str | None = None
    """The champion's deployment mode."""
    idle_minutes: int | None = None
    """After how long without a request the champion's endpoint is put to sleep; None where it never is."""
    asleep_since: str | None = None
    """Since when the model has no endpoint, or is about to have none, and gets one with the next prediction."""
    long_text: int | None = None
    """More characters than 95 % of the texts have that the champion learnt from; None where that is not known."""
    drift: Drift | None = None
    """How predictions differ from the held-out rows, as it was looked at last; of the release that it names."""
    active_run: str | None = None
    active_execution: str | None = None
    """The execution that works on `active_run`; None where an older version claimed it."""


@dataclass(frozen=True)
class Drop:
    """One state of a model's files. `versions` tells a repeated upload of the same bytes from a late event."""

    model: str
    fingerprint: str
    versions: str


class ClaimOutcome(StrEnum):
    CLAIMED = "claimed"
    BUSY = "busy"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Claim:
    """What became of an attempt to claim a drop; `run` is the run that holds it."""

    outcome: ClaimOutcome
    run: str
