"""Says whether the candidate, or the model's endpoint, serves the run's config by now, or has rolled back, or failed.

What AWS refuses here is `unknown`, and no verdict. An endpoint that is not there is asked for once more before it
counts as deleted: SageMaker's descriptions may be a moment old.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from contracts.outcomes import CheckEndpointOutcome, DeployStage
from contracts.run_record import RunStatus
from functions.adapters.errors import AwsError
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.sagemaker import SageMaker
from functions.common.lambda_handler import Result
from functions.common.times import age_seconds
from functions.common.unknown import not_seen
from functions.deploy.requests import endpoint_outcome

MISSING = "Missing"
"""The status that is recorded of an endpoint that is not there."""


def check(
    run: str,
    stage: DeployStage,
    ledger: Ledger,
    sagemaker: SageMaker,
    now: Callable[[], datetime] = utc_now,
) -> Result:
    try:
        return _look(run, stage, ledger, sagemaker, now())
    except AwsError as error:
        return not_seen(CheckEndpointOutcome.UNKNOWN, error)


def _look(
    run: str,
    stage: DeployStage,
    ledger: Ledger,
    sagemaker: SageMaker,
    now: datetime,
) -> Result:
    deployment = ledger.get_run(run).deployment
    watched = deployment.under_test(stage)
    endpoint = sagemaker.endpoint(watched.endpoint)
    started_at = datetime.fromisoformat(watched.started_at)
    outcome, reason = endpoint_outcome(endpoint, deployment.config, started_at, now)
    status = endpoint["EndpointStatus"] if endpoint else MISSING
    if endpoint is None and watched.endpoint_status != MISSING:
        outcome, reason = CheckEndpointOutcome.DEPLOYING, ""
    seen = replace(watched, endpoint_status=status, reason=reason or watched.reason)
    if seen != watched:
        ledger.record(
            run,
            RunStatus.VERIFYING if outcome is CheckEndpointOutcome.LIVE else None,
            deployment=deployment.with_seen(seen),
        )
    return {"outcome": outcome, "age_seconds": age_seconds(started_at, now)}
