"""What a run record says of endpoints: the model's own, and the one on which a release is verified before.

Times are ISO 8601 in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from contracts.documents import Record
from contracts.outcomes import DeployStage
from contracts.spec import Deployment


@dataclass(frozen=True)
class EndpointVerification(Record):
    """How many rows the endpoint was asked, and the first difference where it is wrong."""

    rows: int
    at: str
    difference: str | None
    draws: int
    """Rows that differ, few enough to be ties between two answers."""


@dataclass(frozen=True)
class CandidateEndpoint(Record):
    """The endpoint of its own on which a release is verified while another one serves callers."""

    endpoint: str
    started_at: str
    """When it was created."""
    endpoint_status: str | None = None
    reason: str | None = None
    """Why it does not serve the config."""


@dataclass(frozen=True)
class DeploymentRecord(Deployment):
    """`settings` are those of the mode in use, `endpoint` is the model's, under its stable name."""

    endpoint: str = ""
    config: str = ""
    started_at: str = ""
    """When the model's endpoint was updated to the config; empty where only the candidate has it."""
    endpoint_status: str | None = None
    reason: str | None = None
    """Why the endpoint does not serve the config."""
    candidate: CandidateEndpoint | None = None
    """None where the model was not live, so that its endpoint had no callers."""
    verification: EndpointVerification | None = None
    smoke_check: EndpointVerification | None = None
    """Of the model's endpoint, after it went over to what was verified on the candidate."""

    @property
    def latest(self) -> CandidateEndpoint | DeploymentRecord:
        """The endpoint that was last set to the config."""
        return self.candidate if self.candidate and not self.started_at else self

    @property
    def last_verification(self) -> EndpointVerification | None:
        return self.smoke_check or self.verification

    def under_test(self, stage: DeployStage) -> CandidateEndpoint | DeploymentRecord:
        """The endpoint that a stage is about."""
        is_beside = stage is DeployStage.CANDIDATE
        return self.candidate if is_beside and self.candidate else self

    def with_seen(self, seen: CandidateEndpoint | DeploymentRecord) -> DeploymentRecord:
        """The record with what was seen of one of its endpoints."""
        if isinstance(seen, DeploymentRecord):
            return seen
        return replace(self, candidate=seen)
