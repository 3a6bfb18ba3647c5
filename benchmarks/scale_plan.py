"""What a simulated day consists of: how many drops, what they take, and what AWS allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DAY = 86_400.0
CALL_SECONDS = {
    "dynamodb": 0.01,
    "s3": 0.03,
    "states": 0.05,
    "sagemaker": 0.15,
    "runtime": 2.0,
    "sns": 0.03,
    "events": 0.03,
}
"""Service -> how long a call of it takes, assumed."""
TRAINING_MINUTES = (8, 9, 10, 12, 14, 16, 19, 23, 31, 58)
"""Deciles of a training job with its start, 20 minutes on average: assumed, for it depends on the drops."""


@dataclass(frozen=True)
class Plan:
    """`None` for a quota: as many as are needed. Times in seconds."""

    drops: int = 10_000
    models: int = 1_000
    arrival_seconds: float = DAY
    instances: float = float("inf")
    lambda_concurrency: float = float("inf")
    endpoints: float = float("inf")
    arrive_batch: int = 100
    arrive_timeout: float = 60.0
    call_seconds: Mapping[str, float] = field(default_factory=lambda: CALL_SECONDS)
    work_seconds: Mapping[str, float] = field(
        default_factory=lambda: {"Inspect": 5.0, "Judge": 5.0, "Verify": 5.0}
    )
    """What a function does besides, assumed."""
    settle_seconds: float = 30.0
    endpoint_seconds: float = 180.0
    """Until an endpoint is in service, or another config is; assumed."""
    grace_seconds: float = 3600.0
    training_minutes: tuple[float, ...] = TRAINING_MINUTES
    kept_every: int = 5
    """Of so many runs one does not beat the live model."""
    seed: int = 1
