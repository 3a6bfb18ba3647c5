"""Everything this package changes in ministack, in the order it is applied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from localcloud.engine import (
    buckets,
    crash_safety,
    executions,
    layers,
    rest_api,
    s3,
    sagemaker,
    sagemaker_events,
    saved_state,
    stacks,
    states_language,
)
from localcloud.engine.functions import executor
from localcloud.engine.functions.pool import Pool


@dataclass(frozen=True)
class Patched:
    """What the patches left running or waiting: to be started after loading and closed at the end."""

    pool: Pool
    safety: crash_safety.CrashSafety
    interrupted: executions.Interrupted


def apply_patches(state: Path) -> Patched:
    """Raises `IncompatibleEngineError` at the first symbol that is not as expected."""
    pool = executor.apply(state)  # real exception names, quick answers, clean environment, few processes
    interrupted = executions.apply()  # idempotent starts, time limits, stated ends
    states_language.apply()  # retries, choices, assignments, payload limit
    s3.apply()  # versions in S3's events
    buckets.apply()  # default encryption from a template
    saved_state.apply()  # how much of the past is saved
    layers.apply(state)  # layers in files of their own
    stacks.apply()  # interrupted stack operations
    rest_api.apply()  # limits, errors, CORS and gateway responses of REST APIs
    safety = crash_safety.apply(state)  # state on disk while running
    sagemaker_events.apply()  # SageMaker's state changes on EventBridge
    sagemaker.apply()  # SageMaker behind the engine's address
    return Patched(pool, safety, interrupted)
