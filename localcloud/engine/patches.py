"""Everything this package changes in ministack, in the order it is applied."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from localcloud.engine import (
    access,
    account_services,
    alarms,
    crash_safety,
    distributed_map,
    executions,
    log_events,
    log_streams,
    object_store,
    policy_variables,
    rest_api,
    rest_api_updates,
    roles,
    s3,
    sagemaker,
    sagemaker_tasks,
    saved_state,
    stack_names,
    state_files,
    states_language,
)
from localcloud.engine.functions import executor
from localcloud.engine.functions.pool import Pool


@dataclass(frozen=True)
class PatchedEngine:
    """What the patches left running or waiting: to be started after loading and closed at the end."""

    pool: Pool
    safety: crash_safety.CrashSafety
    interrupted: executions.InterruptedExecutions


def apply_patches(state: Path) -> PatchedEngine:
    """Raises `IncompatibleEngineError` at the first symbol that is not as expected."""
    pool = executor.apply(
        state
    )  # real exception names, quick answers, clean environment, few processes
    interrupted = executions.apply()  # idempotent starts, time limits, stated ends
    states_language.apply()  # retries, choices, assignments, payload limit
    distributed_map.apply()  # fields in JSONata
    object_store.apply(state)  # objects in files, sent and received in pieces
    s3.apply(state)  # versions in S3's events, late ones, encryption
    state_files.apply(state)  # a damaged state file stops the engine
    saved_state.apply(
        state
    )  # how much of the past is saved, layers in files, interrupted stack operations
    stack_names.apply()  # no name for two stacks
    rest_api.apply()  # limits, errors, CORS and gateway responses of REST APIs
    rest_api_updates.apply()  # an API keeps its address
    account_services.apply(state)  # quotas and prices
    alarms.apply()  # each looks at the metric of its own dimensions
    log_streams.apply()  # as resources of permissions
    log_events.apply()  # found by stream, with ids, in pages
    policy_variables.apply()  # ${aws:PrincipalTag/…}
    roles.apply()  # roles and permissions for the local SageMaker
    safety = crash_safety.apply(state)  # state on disk while running
    sagemaker.apply()  # SageMaker behind the engine's address, its state changes on EventBridge
    sagemaker_tasks.apply()  # tasks of SageMaker
    access.apply()  # callers who have signed, secret credentials of functions
    return PatchedEngine(pool, safety, interrupted)
