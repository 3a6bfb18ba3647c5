"""What exists on the fake SageMaker, and how it behaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ARN = "arn:aws:sagemaker:us-east-1:123456789012:"
KINDS = {
    "TrainingJob": "training-job",
    "Model": "model",
    "EndpointConfig": "endpoint-config",
    "Endpoint": "endpoint",
}
"""What an operation calls a thing -> how its ARN does."""

Thing = dict[str, Any]
"""A description. Fields that begin with an underscore are the world's own."""


@dataclass(frozen=True)
class Change:
    """An endpoint came to serve a config, `time` seconds after the start."""

    time: float
    endpoint: str
    config: str
    has_callers: bool
    """Whether a model was live there by then."""
    was_verified: bool
    """Whether the model behind the config had answered Verify by then, and rightly."""


@dataclass
class Things:
    """What exists, by kind and name."""

    by_kind: dict[str, dict[str, Thing]] = field(
        default_factory=lambda: {kind: {} for kind in KINDS}
    )
    changes: list[Change] = field(default_factory=list)
    verified: set[str] = field(default_factory=set)
    """The configs that have answered Verify rightly, on whichever endpoint."""

    @property
    def jobs(self) -> dict[str, Thing]:
        return self.by_kind["TrainingJob"]

    @property
    def models(self) -> dict[str, Thing]:
        return self.by_kind["Model"]

    @property
    def configs(self) -> dict[str, Thing]:
        return self.by_kind["EndpointConfig"]

    @property
    def endpoints(self) -> dict[str, Thing]:
        return self.by_kind["Endpoint"]


@dataclass
class Behaviour:
    """How long SageMaker takes, and what goes wrong there by itself."""

    training_seconds: float = 300
    stopping_seconds: float = 60
    endpoint_seconds: float = 60
    jobs_fail: bool = False
    is_bad: bool = False
    """Models that are trained meanwhile are worse than the simplest baseline."""
    answers_wrongly: bool = False
    """Models that are created meanwhile answer otherwise than they did in training."""
    is_unhealthy: bool = False
    """Models that are created meanwhile never pass the health check."""


def billed(job: Thing, now: datetime) -> Thing:
    """What the description of a job that has ended says of its time."""
    seconds = int((now - job["CreationTime"]).total_seconds())
    return {
        "TrainingStartTime": job["CreationTime"],
        "TrainingEndTime": now,
        "BillableTimeInSeconds": seconds,
    }
