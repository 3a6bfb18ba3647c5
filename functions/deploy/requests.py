"""The requests that put a model behind an endpoint, and what an endpoint's description means for a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from contracts import locations
from contracts.deployment_record import DeploymentRecord
from contracts.environment import HUGE_PAGES, ServingVariable
from contracts.outcomes import CheckEndpointOutcome
from contracts.spec import Deployment, HubSource, Spec
from deployment_modes import find_mode
from deployment_modes.traffic import TrafficShift
from functions.common.endpoint_state import DEAD, configs_of, must_be_replaced
from functions.common.hub_variables import HubVariable
from functions.common.tags import Tags, as_list

DEADLINE_SECONDS = 7200
"""SageMaker itself gives up creating an endpoint after about an hour; this is for when it does not."""

UNSHIFTED = (
    "All requests went over at once: the release before was deployed with traffic: all_at_once, and SageMaker moves "
    "requests step by step only between releases that both were not. The next release will."
)
"""A warning of the run."""
_STALE = timedelta(seconds=60)

Description = Mapping[str, Any]
DeployAction = Literal["create", "update", "replace", "none", "delete", "wait"]


@dataclass(frozen=True)
class HubAccess:
    """How a container reaches the Hub: an address of one's own, and a private model's token; empty where not needed."""

    endpoint: str = ""
    token: str = ""


PUBLIC = HubAccess()


def model_container(
    spec: Spec, *, image: str, archive: str, region: str, access: HubAccess = PUBLIC
) -> dict[str, Any]:
    """The container of a model; `archive` is the S3 URI of `model.tar.gz`."""
    environment: dict[str, str] = {
        ServingVariable.PROGRAM: locations.INFERENCE_SCRIPT,
        ServingVariable.SUBMIT_DIRECTORY: locations.SUBMIT_DIRECTORY,
        ServingVariable.REGION: region,
        ServingVariable.LOG_LEVEL: "20",
        ServingVariable.LIBC_TUNABLES: HUGE_PAGES,
    }
    if spec.task:
        environment[ServingVariable.TASK] = spec.task
    if spec.hub:
        environment |= _hub_environment(spec.hub, access)
    environment |= find_mode(spec.deployment.mode).container_environment(
        spec.run, spec.deployment.settings
    )
    return {"Image": image, "ModelDataUrl": archive, "Environment": environment}


def _hub_environment(hub: HubSource, access: HubAccess) -> dict[str, str]:
    """The container downloads the model at its start, and finds the code that serves it in the archive."""
    variables: dict[str, str] = {
        ServingVariable.MODEL_ID: hub.model_id,
        ServingVariable.MODEL_REVISION: hub.revision,
        HubVariable.ENDPOINT: access.endpoint,
        # huggingface_hub reads the first, the container's own toolkit the second.
        HubVariable.TOKEN: access.token,
        HubVariable.API_TOKEN: access.token,
    }
    return {name: value for name, value in variables.items() if value}


def model_request(
    name: str, container: Mapping[str, Any], role_arn: str, tags: Tags
) -> dict[str, Any]:
    """`CreateModel`."""
    return {
        "ModelName": name,
        "PrimaryContainer": dict(container),
        "ExecutionRoleArn": role_arn,
        "Tags": as_list(tags),
    }


def config_request(
    name: str,
    run: str,
    deployment: Deployment,
    tags: Tags,
    uri: Callable[[str], str],
) -> dict[str, Any]:
    """`CreateEndpointConfig` for the model of the same name, with the mode's variant of the run.

    `uri` is the address of a key of the data bucket.
    """
    answers = uri(locations.prediction_answers_prefix(run)).rstrip("/")
    failures = uri(locations.prediction_failures_prefix(run)).rstrip("/")
    mode = find_mode(deployment.mode)
    variant = mode.variant(run, name, mode.own_settings(deployment.settings))
    return {
        "EndpointConfigName": name,
        "ProductionVariants": [variant],
        **mode.config_fields(answers, failures),
        "Tags": as_list(tags),
    }


def deployment_record(
    endpoint: str, config: str, deployment: Deployment
) -> DeploymentRecord:
    """What the run record says of its deployment: only the settings of the mode in use."""
    settings = find_mode(deployment.mode).own_settings(deployment.settings)
    return DeploymentRecord(
        mode=deployment.mode, endpoint=endpoint, config=config, extra=settings
    )


def deploy_action(
    endpoint: Description | None, config: Description, was_requested: bool
) -> DeployAction:
    """What to do so that the endpoint comes to serve `config`, which is DescribeEndpointConfig's answer.

    `was_requested` says that this run has already asked for it: an endpoint that is back in service on another config
    has then rolled back, and a failed one failed with ours; asking again would only repeat that.
    """
    if endpoint is None:
        return "create"
    status = endpoint["EndpointStatus"]
    if was_requested or config["EndpointConfigName"] in configs_of(endpoint):
        return "none"
    if status in DEAD:
        return "delete"
    if status != "InService":
        return "wait"
    return "replace" if must_be_replaced(endpoint, config) else "update"


def shift_refusal(endpoint: Description, config: Description) -> str:
    """Why SageMaker would not move requests step by step from the endpoint to the config; empty where it does."""
    return "" if _variant_names(endpoint) == _variant_names(config) else UNSHIFTED


def _variant_names(description: Description) -> set[str]:
    return {variant["VariantName"] for variant in description["ProductionVariants"]}


def endpoint_outcome(
    endpoint: Description | None,
    config: str,
    started_at: datetime,
    now: datetime,
    shift: TrafficShift | None = None,
) -> tuple[CheckEndpointOutcome, str]:
    """Whether the endpoint serves `config` by now, and if not, why. `shift` is how requests go over to it."""
    if endpoint is None:
        return (
            CheckEndpointOutcome.FAILED,
            "the endpoint was deleted while it was being deployed",
        )
    status, reason = endpoint["EndpointStatus"], endpoint.get("FailureReason", "")
    if status in DEAD or status == "Deleting":
        return CheckEndpointOutcome.FAILED, reason or f"the endpoint is {status}"
    if status == "InService" and endpoint["EndpointConfigName"] == config:
        return CheckEndpointOutcome.LIVE, ""
    deadline = DEADLINE_SECONDS + (shift.seconds if shift else 0)
    if status != "InService" and (now - started_at).total_seconds() > deadline:
        return (
            CheckEndpointOutcome.FAILED,
            f"the endpoint was still {status} after {deadline / 3600:.3g} hours",
        )
    if status != "InService" or _may_be_stale(endpoint, started_at, now):
        return CheckEndpointOutcome.DEPLOYING, ""
    return (
        CheckEndpointOutcome.ROLLED_BACK,
        reason or "the endpoint returned to its previous config",
    )


def shift_reason(reason: str, shift: TrafficShift) -> str:
    """Why the requests went back to the earlier release, with the limits that they were held to."""
    limits = f"more than {shift.max_error_percent} % of a minute's requests failed"
    if shift.max_latency_ms:
        limits += f", or one in twenty took longer than {shift.max_latency_ms} ms"
    return f"{reason} (requests go back where {limits}, or where the new release's instances fail)"


def _may_be_stale(endpoint: Description, started_at: datetime, now: datetime) -> bool:
    """Shortly after an update was asked for, a description may still be from before it."""
    modified = endpoint.get("LastModifiedTime")
    return now - started_at < _STALE and modified is not None and modified <= started_at
