"""Operations on endpoints: the record changes here, the processes in `hosting.endpoints`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from localcloud.sagemaker.common.errors import ValidationError
from localcloud.sagemaker.common.state import Settings
from localcloud.sagemaker.common.store import (
    ENDPOINT,
    ENDPOINT_CONFIG,
    MODEL,
    Body,
    MissingError,
)
from localcloud.sagemaker.hosting.endpoints import begin_update, smallest_count
from localcloud.sagemaker.hosting.production_variant import (
    ProductionVariant,
    container_bodies,
)
from localcloud.sagemaker.hosting.traffic import TrafficShift, missing_alarms
from localcloud.sagemaker.operations import base
from localcloud.sagemaker.operations.base import Request, Response, SageMaker
from localcloud.sagemaker.operations.endpoint_quotas import require_room

_IN_PROGRESS = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


def create_endpoint(sagemaker: SageMaker, request: Request) -> Response:
    """Starts a model server for each instance, at most two for a variant."""
    config_name = request["EndpointConfigName"]
    variants = _variant_summaries(sagemaker, config_name)
    require_room(sagemaker, config_name)
    requested = {name: request[name] for name in ("EndpointName", "EndpointConfigName")}
    body = base.new_body(sagemaker, ENDPOINT, requested)
    body |= {"EndpointStatus": "Creating", "ProductionVariants": variants}
    async_config = _async_config(sagemaker, config_name)
    if async_config is not None:
        body["AsyncInferenceConfig"] = async_config
    response = base.insert(sagemaker, ENDPOINT, body, request)
    sagemaker.state.announce(ENDPOINT, body)
    sagemaker.endpoints.begin(sagemaker.endpoints.create, request["EndpointName"])
    return response


def describe_endpoint(sagemaker: SageMaker, request: Request) -> Response:
    return base.describe(sagemaker, ENDPOINT, request)


def list_endpoints(sagemaker: SageMaker, request: Request) -> Response:
    """Filtered, sorted and cut into pages."""
    return base.list_page(sagemaker, ENDPOINT, request, "Endpoints")


def update_endpoint(sagemaker: SageMaker, request: Request) -> Response:
    """Blue/green, at once or in the steps of `DeploymentConfig`; its alarms roll it back."""
    name, config_name = request["EndpointName"], request["EndpointConfigName"]
    present = base.find(sagemaker, ENDPOINT, name)
    variants = _variant_summaries(sagemaker, config_name)
    async_config = _async_config(sagemaker, config_name)
    deployment_config = request.get("DeploymentConfig")
    if deployment_config is None and request.get("RetainDeploymentConfig"):
        deployment_config = present.get("LastDeploymentConfig")
    if deployment_config is not None:
        _check_deployment(sagemaker, present, variants, deployment_config)
    require_room(sagemaker, config_name)

    def edit(endpoint: Body) -> None:
        _check_changeable(endpoint)
        _check_kind(endpoint, variants)
        _check_async(endpoint, async_config)
        begin_update(endpoint, config_name, variants, deployment_config, async_config)

    arn = _change(sagemaker, name, edit)
    sagemaker.endpoints.begin(sagemaker.endpoints.update, name)
    return {"EndpointArn": arn}


def _check_deployment(
    sagemaker: SageMaker, endpoint: Body, variants: list[Body], config: Body
) -> None:
    """Raises `ValidationError` for a `DeploymentConfig` that these variants cannot have.

    The names of variants must stay, see
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html.
    """
    shift = TrafficShift.from_config(config, smallest_count(variants))
    present = _variant_names(endpoint["ProductionVariants"])
    new = _variant_names(variants)
    if present != new:
        raise ValidationError(
            f"Expected the variants of the present endpoint configuration ({', '.join(present)}) in the new one, "
            f"found {', '.join(new)}. With DeploymentConfig, variants keep their names."
        )
    if not shift.alarms:
        return
    missing = missing_alarms(sagemaker.state.clients.cloudwatch, shift.alarms)
    if missing:
        raise ValidationError(
            f"Expected alarms of CloudWatch in AutoRollbackConfiguration, found no alarm {', '.join(missing)}."
        )


def _variant_names(variants: list[Body]) -> list[str]:
    return sorted(variant["VariantName"] for variant in variants)


def update_endpoint_weights_and_capacities(
    sagemaker: SageMaker, request: Request
) -> Response:
    """Weights take effect at once. An instance count that would change is refused."""
    desired: dict[str, Body] = {}
    weights: dict[str, float] = {}
    for item in request["DesiredWeightsAndCapacities"]:
        desired[item["VariantName"]] = item
        if "DesiredWeight" in item:
            weights[item["VariantName"]] = item["DesiredWeight"]

    def edit(endpoint: Body) -> None:
        _check_changeable(endpoint)
        _set_weights(endpoint, desired)

    arn = _change(sagemaker, request["EndpointName"], edit)
    sagemaker.endpoints.set_weights(request["EndpointName"], weights)
    return {"EndpointArn": arn}


def delete_endpoint(sagemaker: SageMaker, request: Request) -> Response:
    """Requests in flight are finished first; the backlog of an asynchronous endpoint is dropped."""
    _change(sagemaker, request["EndpointName"], _begin_deletion)
    sagemaker.endpoints.begin(sagemaker.endpoints.delete, request["EndpointName"])
    return {}


def _change(sagemaker: SageMaker, name: str, edit: Callable[[Body], object]) -> str:
    """Changes the record and returns its ARN."""
    try:
        endpoint = sagemaker.state.change(ENDPOINT, name, edit)
    except MissingError as error:
        raise base.missing(sagemaker, ENDPOINT, name) from error
    return str(endpoint["EndpointArn"])


def _check_idle(endpoint: Body) -> None:
    if endpoint["EndpointStatus"] in _IN_PROGRESS:
        raise ValidationError(
            f'Cannot update in-progress endpoint "{endpoint["EndpointArn"]}".'
        )


def _check_changeable(endpoint: Body) -> None:
    _check_idle(endpoint)
    if endpoint["EndpointStatus"] == "Failed":
        raise ValidationError(
            f'Cannot update failed endpoint "{endpoint["EndpointArn"]}". Delete it and create it again.'
        )


def _check_kind(endpoint: Body, variants: list[Body]) -> None:
    """Serverless may become instances, but not the reverse."""
    if _is_serverless(variants) and not _is_serverless(endpoint["ProductionVariants"]):
        raise ValidationError(
            f'Cannot update the instance-based endpoint "{endpoint["EndpointArn"]}" with a serverless endpoint '
            "configuration. Delete it and create it again."
        )


def _check_async(endpoint: Body, config: Body | None) -> None:
    """An endpoint stays asynchronous, or real-time: https://github.com/aws/sagemaker-python-sdk/pull/3124.

    How SageMaker refuses to add the parameter is not verified.
    """
    change = {(True, False): "removed from", (False, True): "added to"}
    verb = change.get(("AsyncInferenceConfig" in endpoint, config is not None))
    if verb:
        raise ValidationError(
            f"The AsyncInferenceConfig parameter cannot be {verb} this endpoint {endpoint['EndpointName']}. "
            "Delete it and create it again."
        )


def _async_config(sagemaker: SageMaker, config_name: str) -> Body | None:
    config = base.find(sagemaker, ENDPOINT_CONFIG, config_name)
    async_config: Body | None = config.get("AsyncInferenceConfig")
    return async_config


def _is_serverless(variants: list[Body]) -> bool:
    return any("CurrentServerlessConfig" in variant for variant in variants)


def _begin_deletion(endpoint: Body) -> None:
    _check_idle(endpoint)
    endpoint["EndpointStatus"] = "Deleting"


def _set_weights(endpoint: Body, desired: Mapping[str, Body]) -> None:
    variants = {
        variant["VariantName"]: variant for variant in endpoint["ProductionVariants"]
    }
    for name, item in desired.items():
        if name not in variants:
            raise ValidationError(
                f"Expected one of the variants {', '.join(variants)}, found {name!r}."
            )
        variant = variants[name]
        present_count = variant.get("DesiredInstanceCount")
        if item.get("DesiredInstanceCount") not in (None, present_count):
            raise ValidationError(
                f"The local cloud keeps the instance count of a deployment ({present_count}); "
                "update the endpoint with a new endpoint configuration instead."
            )
        if "DesiredWeight" in item:
            variant["CurrentWeight"] = item["DesiredWeight"]
            variant["DesiredWeight"] = item["DesiredWeight"]


# ---- `ProductionVariants` of DescribeEndpoint ----------------------------------------------------------------------


def _variant_summaries(sagemaker: SageMaker, config_name: str) -> list[Body]:
    config = base.find(sagemaker, ENDPOINT_CONFIG, config_name)
    summaries = []
    for body in config["ProductionVariants"]:
        variant = ProductionVariant.from_body(body)
        model = base.find(sagemaker, MODEL, variant.model_name)
        summaries.append(variant_summary(sagemaker.settings, variant, model))
    return summaries


def variant_summary(
    settings: Settings, variant: ProductionVariant, model: Body
) -> Body:
    now = time.time()
    images = [
        container["Image"]
        for container in container_bodies(model)
        if "Image" in container
    ]
    summary: Body = {
        "VariantName": variant.name,
        "DeployedImages": [
            {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": now}
            for image in images
        ],
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
    }
    if variant.serverless_config is not None:
        summary["CurrentServerlessConfig"] = variant.serverless_config
        summary["DesiredServerlessConfig"] = variant.serverless_config
    else:
        summary["CurrentInstanceCount"] = variant.process_count(settings.max_processes)
        summary["DesiredInstanceCount"] = variant.instance_count
    return summary
