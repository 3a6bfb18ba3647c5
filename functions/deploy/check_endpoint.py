"""Says whether the candidate, or the model's endpoint, serves the run's config by now, or has rolled back, or failed.

What AWS refuses here is `unknown`, and no verdict. An endpoint that is not there is asked for once more before it
counts as deleted: SageMaker's descriptions may be a moment old.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from contracts.deployment_record import DeploymentRecord
from contracts.outcomes import CheckEndpointOutcome, DeployStage
from contracts.run_record import RunStatus
from functions.adapters.alarms import Alarms
from functions.adapters.errors import AwsError
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.sagemaker import SageMaker
from functions.common.lambda_handler import Result, logger
from functions.common.times import age_seconds
from functions.common.traffic import alarm_names, shift_of
from functions.common.unknown import not_seen
from functions.deploy.requests import endpoint_outcome, shift_reason

MISSING = "Missing"
"""The status that is recorded of an endpoint that is not there."""


def check(
    run: str,
    stage: DeployStage,
    ledger: Ledger,
    sagemaker: SageMaker,
    *,
    alarms: Callable[[], Alarms],
    now: Callable[[], datetime] = utc_now,
) -> Result:
    try:
        looked = _look(run, stage, ledger, sagemaker, now())
        is_live = looked["outcome"] is CheckEndpointOutcome.LIVE
        if is_live and stage is DeployStage.STABLE:
            _remove_alarms(ledger.get_run(run).deployment, alarms)
        return looked
    except AwsError as error:
        return not_seen(CheckEndpointOutcome.UNKNOWN, error)


def _remove_alarms(deployment: DeploymentRecord, alarms: Callable[[], Alarms]) -> None:
    """What watched the requests going over. A release that is live waits for none that stays: the sweep removes it."""
    if watching := alarm_names(deployment):
        try:
            alarms().delete(watching)
        except AwsError as error:
            logger.warning("alarms are left to the sweep", extra={"error": f"{error}"})


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
    shift = shift_of(deployment) if stage is DeployStage.STABLE else None
    outcome, reason = endpoint_outcome(
        endpoint, deployment.config, started_at, now, shift
    )
    if shift and outcome is CheckEndpointOutcome.ROLLED_BACK:
        reason = shift_reason(reason, shift)
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
