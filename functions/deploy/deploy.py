"""Makes a run's endpoint config, then creates or updates its model's endpoint under the endpoint's stable name.

An endpoint that can serve nothing is deleted first. While that lasts, and while the endpoint is changing, the outcome
is `busy`: the state machine waits, for hours if need be. Updates are SageMaker's blue/green: the old config serves
until the new one is healthy. Only from instances to serverless there is no update: that endpoint is deleted and
created, and answers nothing meanwhile; a warning of the run says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from contracts.outcomes import DeployOutcome
from contracts.run_record import RunStatus
from contracts.spec import Deployment
from functions.adapters.ledger import Ledger, utc_now
from functions.adapters.run_spec import read_spec
from functions.adapters.sagemaker import Description, EndpointBusyError, SageMaker
from functions.adapters.storage import Storage
from functions.common.lambda_handler import Result
from functions.common.names import resource_name
from functions.common.settings import Settings
from functions.common.tags import Tags, tags
from functions.common.unknown import not_seen
from functions.deploy.requests import config_request, deploy_action, deployment_record

REPLACED = (
    "The endpoint was deleted and created anew, and gave no answers meanwhile: SageMaker does not turn an endpoint on "
    "instances into a serverless one."
)
"""A warning of the run."""


def deploy(
    run: str,
    *,
    ledger: Ledger,
    storage: Storage,
    sagemaker: SageMaker,
    settings: Settings,
    now: Callable[[], datetime] = utc_now,
) -> Result:
    try:
        _deploy(run, ledger, storage, sagemaker, settings=settings, now=now)
    except EndpointBusyError as error:
        return not_seen(DeployOutcome.BUSY, error)
    return {"outcome": DeployOutcome.DEPLOYING}


def _deploy(
    run: str,
    ledger: Ledger,
    storage: Storage,
    sagemaker: SageMaker,
    *,
    settings: Settings,
    now: Callable[[], datetime],
) -> None:
    """Raises `EndpointBusyError` where the endpoint cannot be changed at this moment."""
    record = ledger.get_run(run)
    wanted = read_spec(record, storage).deployment
    endpoint, config = (
        resource_name(settings.stack, record.model),
        resource_name(settings.stack, run),
    )
    description = _make_config(
        config, wanted, tags(settings.stack, record.model, run), sagemaker
    )
    was_requested = bool(record.deployment.started_at)
    started_at = now().isoformat(timespec="milliseconds")
    action = deploy_action(
        sagemaker.endpoint(endpoint), description, was_requested=was_requested
    )
    if action == "replace":
        ledger.record(
            run, RunStatus.DEPLOYING, warnings=[*(record.warnings or ()), REPLACED]
        )
    _carry_out(action, endpoint, config, tags(settings.stack, record.model), sagemaker)
    if not was_requested:
        deployment = deployment_record(endpoint, config, wanted, started_at)
        ledger.record(run, RunStatus.DEPLOYING, deployment=deployment)


def _make_config(
    name: str, wanted: Deployment, owner: Tags, sagemaker: SageMaker
) -> Description:
    """Endpoints see a fresh config only after a moment; a description that answers is the sign."""
    description = sagemaker.config(name)
    if description is None:
        sagemaker.create_config(config_request(name, wanted, owner))
        description = sagemaker.config(name)
    else:
        sagemaker.check_owner("endpoint-config", name, owner)
    if description is None:
        raise EndpointBusyError(f"the endpoint config {name!r} is not visible yet")
    return description


def _carry_out(
    action: str, endpoint: str, config: str, owner: Tags, sagemaker: SageMaker
) -> None:
    if action == "create":
        sagemaker.create_endpoint(endpoint, config, owner)
    elif action == "update":
        sagemaker.update_endpoint(endpoint, config, owner)
    elif action in {"delete", "replace"}:
        sagemaker.delete("endpoint", endpoint, owner)
        reason = "had failed" if action == "delete" else "runs on instances"
        raise EndpointBusyError(
            f"the endpoint {endpoint!r} {reason} and is being deleted"
        )
    elif action == "wait":
        raise EndpointBusyError(f"the endpoint {endpoint!r} is changing at this moment")
