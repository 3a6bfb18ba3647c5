"""What a run record says of a release: that a person put it live again, and what has been removed of it.

Times are ISO 8601 in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from contracts.documents import Record


class PromotionKind(StrEnum):
    ROLLBACK = "rollback"
    """To a release that was live before."""
    PROMOTE = "promote"
    """Of a run that the gate had kept back."""
    APPROVAL = "approval"
    """Of a run that waited for it."""


@dataclass(frozen=True)
class LabelChanges(Record):
    """How the labels of a run differ from those of the model that is live; empty where they do not."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    task: str | None = None
    """The live model's task, where it is another."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.task)


@dataclass(frozen=True)
class Promotion(Record):
    """A person's decision that a run goes live from its archive, without training, whatever the gate had decided."""

    kind: PromotionKind
    at: str
    replaces: str | None = None
    """The run that was live by then."""
    label_changes: LabelChanges = field(default_factory=LabelChanges)
    """Those that the caller accepted."""


class ApprovalDecision(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Approval(Record):
    """What a run that may go live, but for a person's approval, waits for; and what became of it."""

    requested_at: str
    until: str
    champion: str | None = None
    """The run that was live then. An approval is for going live in its place, not in that of another."""
    decision: ApprovalDecision | None = None
    """None as long as nobody has decided."""
    decided_at: str | None = None


class ReleaseState(StrEnum):
    """What the API calls a run in the list of a model's releases."""

    LIVE = "live"
    PREVIOUS = "previous"
    KEPT_BACK = "kept back"
    WAITING = "waiting for approval"
    REMOVED = "removed"
